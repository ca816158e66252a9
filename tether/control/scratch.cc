#include "tether/control/scratch.h"

#include <sys/mman.h>

#include <algorithm>
#include <string>

#include "tether/arch/page.h"
#include "tether/base/kernel_result.h"
#include "tether/base/round_up.h"
#include "tether/sys/process_memory.h"

namespace tether {

Result<std::uint64_t> checked(std::int64_t result, std::string_view what) {
  if (const auto error = error_of(result)) return fail(errno_error(error->value, what));
  return static_cast<std::uint64_t>(result);
}

Result<Scratch> Scratch::map(RemoteCalls& calls, std::size_t size) {
  size = round_up(std::max<std::size_t>(size, 1), kPageSize);
  const std::int64_t result = TETHER_TRY(calls.call(
      RemoteCall::MmapOrMmap2, {0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, ~std::uint64_t{0}, 0}));
  const std::uint64_t start = TETHER_TRY(checked(result, "mapping memory in the process"));
  return Scratch(calls, RemoteAddr(start), size);
}

Scratch::~Scratch() {
  if (calls_) [[maybe_unused]]
    const auto unmapped = unmap();
}

Result<RemoteAddr> Scratch::reserve(std::size_t size) {
  const std::size_t start = round_up(used_, kAlignment);
  if (start > size_ || size > size_ - start)
    return fail({.code = ErrorCode::Malformed,
                 .message = std::to_string(size) + " bytes do not fit into the memory set aside for them",
                 .hint = {}});
  used_ = start + size;
  return start_ + start;
}

Result<RemoteAddr> Scratch::put(std::span<const std::byte> bytes) {
  const RemoteAddr where = TETHER_TRY(reserve(bytes.size()));
  TETHER_CHECK(sys::write_process_memory(calls_->tid(), where, bytes));
  return where;
}

Result<RemoteAddr> Scratch::put_string(std::string_view text) {
  const std::string terminated(text);
  return put(std::as_bytes(std::span(terminated.c_str(), terminated.size() + 1)));
}

Result<void> Scratch::unmap() {
  RemoteCalls* calls = calls_.release();
  if (calls == nullptr) return ok();
  const std::int64_t result = TETHER_TRY(calls->call(RemoteCall::Munmap, {start_.value, size_, 0, 0, 0, 0}));
  TETHER_TRY(checked(result, "unmapping memory in the process"));
  return ok();
}

}  // namespace tether
