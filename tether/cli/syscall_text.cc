#include "tether/cli/syscall_text.h"

#include <algorithm>
#include <charconv>
#include <span>

#include "tether/base/kernel_result.h"
#include "tether/decode/decoder.h"
#include "tether/event/arena.h"
#include "tether/procfs/task.h"
#include "tether/sink/text/result_text.h"
#include "tether/sink/text/value_text.h"
#include "tether/sys/process_memory.h"

namespace tether::cli {

namespace {

constexpr unsigned kStringLimit = 4096;  // the user asked for this one call

/// The task, as a capture looks at it.
class HeldSource final : public CaptureSource {
 public:
  explicit HeldSource(Tid tid) : tid_(tid) {}

  std::size_t read_some(RemoteAddr addr, std::span<std::byte> out) override {
    return sys::read_process_memory(tid_, addr, out);
  }
  std::size_t read_fd_link(Fd fd, std::span<char> out) override {
    const auto link = procfs::read_link(tid_, "fd/" + std::to_string(fd.value));
    if (!link.has_value()) return 0;
    return link->copy(out.data(), out.size());
  }
  std::size_t read_fd_protocol(Fd, std::span<char>) override { return 0; }
  std::size_t read_fd_details(Fd, std::string_view, std::span<char>) override { return 0; }
  std::size_t read_interface_name(std::uint32_t, std::span<char>) override { return 0; }
  std::size_t read_process_name(Pid, std::span<char>) override { return 0; }

 private:
  Tid tid_;
};

std::vector<std::byte> copy_of(std::span<const std::byte> record) {
  return {record.begin(), record.end()};
}

}  // namespace

SyscallText::SyscallText(SyscallNr nr, Tid tid)
    : nr_(nr), tid_(tid), options_{.string_limit = kStringLimit, .verbose = true}, capturer_(options_) {
  entry_.nr = nr.number;
}

void SyscallText::note_entry(const std::array<std::uint64_t, 6>& arguments) {
  std::ranges::copy(arguments, std::begin(entry_.args));
  HeldSource source(tid_);
  RawEventBuilder builder;
  builder.begin(RawKind::SyscallEntry, nr_.abi, tid_, Pid(tid_.value), 0);
  builder.set_payload(entry_);
  capturer_.capture_entry(nr_.abi, entry_, source, builder);
  entry_record_ = copy_of(builder.finish());
}

void SyscallText::note_exit(std::int64_t result) {
  const RawSyscallExit exit{.return_value = result, .is_error = error_of(result) ? 1u : 0u};
  HeldSource source(tid_);
  RawEventBuilder builder;
  builder.begin(RawKind::SyscallExit, nr_.abi, tid_, Pid(tid_.value), 0);
  builder.set_payload(exit);
  capturer_.capture_exit(nr_.abi, entry_, exit, source, builder);
  exit_record_ = copy_of(builder.finish());
}

std::string SyscallText::finish() const {
  decode::Decoder decoder(options_);
  Arena arena;
  const Event event = decoder.whole(RawEventView(entry_record_), RawEventView(exit_record_), arena);
  const auto* call = std::get_if<SyscallEvent>(&event.what);
  std::string text;
  if (call == nullptr) return text;
  text += call->name;
  text += "(";
  append_arguments(text, call->args, {});
  text += ") = ";
  append_result(text, call->result, {});
  return text;
}

}  // namespace tether::cli
