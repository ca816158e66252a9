#include "tether/control/displacement_area.h"

#include <sys/mman.h>

#include <algorithm>
#include <limits>
#include <string>

#include "tether/control/displaced_instruction.h"
#include "tether/control/scratch.h"

namespace tether {

namespace {

static_assert(DisplacementArea::kSlotBytes >= Displaced::kMostBytes);

/// What a module refers to lies within this distance of its code; the rest of 2 GiB is for the way to the area.
constexpr std::uint64_t kModuleReach = std::uint64_t{1} << 29;
constexpr std::uint64_t kReach = (std::uint64_t{1} << 31) - kModuleReach;
/// Distance kept from a stack, which grows down as far as its limit lets it.
constexpr std::uint64_t kStackRoom = std::uint64_t{1} << 28;
constexpr std::uint64_t kLowest = 0x10000;  // proc/sys/vm/mmap_min_addr is at most this on x86

std::uint64_t distance(std::uint64_t a, std::uint64_t b) {
  return a > b ? a - b : b - a;
}

/// The highest place in a gap, away from a heap below it and a stack above it.
std::optional<std::uint64_t> place_in(std::uint64_t begin, std::uint64_t end, const procfs::Mapping* above,
                                      std::size_t size) {
  const bool is_stack = above != nullptr && (above->kind == procfs::MappingKind::Stack || above->is_writable) &&
                        above->kind != procfs::MappingKind::File && above->kind != procfs::MappingKind::Heap;
  if (is_stack) end = end - begin > kStackRoom ? end - kStackRoom : begin;
  if (end - begin < size) return std::nullopt;
  return end - size;
}

}  // namespace

std::optional<RemoteAddr> find_gap(std::span<const procfs::Mapping> maps, RemoteAddr near, std::size_t size, Abi abi) {
  const std::uint64_t limit = abi == Abi::I386 ? std::uint64_t{0xffff'0000} : std::uint64_t{1} << 47;
  std::optional<std::uint64_t> best;
  std::uint64_t begin = kLowest;
  const auto consider = [&](std::uint64_t end, const procfs::Mapping* above) {
    if (end <= begin) return;
    const auto place = place_in(begin, end, above, size);
    if (!place || (abi == Abi::X86_64 && distance(*place, near.value) > kReach)) return;
    const auto is_below = [&](std::uint64_t p) { return p < near.value; };
    const bool is_better = !best || (is_below(*place) && (!is_below(*best) || *place > *best));
    if (is_better) best = place;
  };
  for (const procfs::Mapping& mapping : maps) {
    consider(std::min(mapping.start.value, limit), &mapping);
    begin = std::max(begin, mapping.end.value);
  }
  // Above the last mapping lies the end of a stack's room or of the address space.
  if (!best) consider(limit, nullptr);
  return best ? std::optional(RemoteAddr(*best)) : std::nullopt;
}

bool DisplacementArea::is_near(RemoteAddr addr, Abi abi) const {
  return abi == Abi::I386 || distance(addr.value, start_.value) <= kReach;
}

std::optional<RemoteAddr> DisplacementArea::take_slot() {
  if (used_ + kSlotBytes > kBytes) return std::nullopt;
  const RemoteAddr slot = start_ + used_;
  used_ += kSlotBytes;
  return slot;
}

Result<DisplacementArea> DisplacementArea::map(RemoteCalls& calls, RemoteAddr near) {
  const auto maps = TETHER_TRY(procfs::read_maps(calls.tid()));
  const auto place = find_gap(maps, near, kBytes, calls.abi());
  if (!place)
    return fail({.code = ErrorCode::NotFound,
                 .message = "there is no free memory near the code for copies of its instructions",
                 .hint = "a hardware breakpoint (hw:ADDRESS) needs none"});
  const std::int64_t result = TETHER_TRY(
      calls.call(RemoteCall::MmapOrMmap2, {place->value, kBytes, PROT_READ | PROT_EXEC,
                                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, ~std::uint64_t{0}, 0}));
  DisplacementArea area(RemoteAddr(TETHER_TRY(checked(result, "mapping memory near the code"))));
  // Kernels before 4.17 take the address for a mere wish.
  if (area.start() == *place) return area;
  TETHER_CHECK(area.unmap(calls));
  return fail({.code = ErrorCode::NotFound,
               .message = "the kernel gives no memory near the code for copies of its instructions",
               .hint = "a hardware breakpoint (hw:ADDRESS) needs none"});
}

Result<void> DisplacementArea::unmap(RemoteCalls& calls) const {
  const std::int64_t result = TETHER_TRY(calls.call(RemoteCall::Munmap, {start_.value, kBytes, 0, 0, 0, 0}));
  TETHER_TRY(checked(result, "unmapping memory in the process"));
  return ok();
}

}  // namespace tether
