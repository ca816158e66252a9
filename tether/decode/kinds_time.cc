// Kinds of time: dates and clocks.

#include "tether/decode/internal/leaf.h"
#include "tether/decode/internal/lookup.h"
#include "tether/decode/internal/number.h"

namespace tether::decode {

/// Seconds since the epoch. The walker adds the nanoseconds, which are a field of their own.
Value epoch_leaf(const LeafContext&, const Leaf& leaf) {
  static constexpr Symbols kNoFraction{};
  Value value;
  value.kind = ValueKind::Timestamp;
  value.number = sign_extend(leaf.number, leaf.width);
  value.symbols_ = &kNoFraction;
  return value;
}

/// CLOCK_*, or a negative number that contains a process, thread or descriptor (kernel: include/linux/posix-timers.h):
/// the inverted id above three bits, of which 4 says "thread" and 3 "this is a descriptor".
Value clockid_leaf(const LeafContext& context, const Leaf& leaf) {
  static constexpr std::string_view kClocks[] = {"CPUCLOCK_PROF", "CPUCLOCK_VIRT", "CPUCLOCK_SCHED"};
  constexpr std::uint64_t kPerThread = 4;
  constexpr std::uint64_t kWhich = 3;
  const std::uint64_t number = sign_extend(leaf.number, leaf.width);
  if (static_cast<std::int64_t>(number) >= 0) {
    if (leaf.type.a == 0 && context.tables.sets.empty()) return integer(number, NumberStyle::Signed);
    return enum_value(context, context.tables.sets[leaf.type.a], leaf.number, leaf.width);
  }
  Value id = integer(static_cast<std::uint64_t>(~(static_cast<std::int64_t>(number) >> 3)), NumberStyle::Signed);
  if ((number & (kPerThread | kWhich)) == kWhich)
    return call_value(context.arena, leaf.number, "FD_TO_CLOCKID", std::span(&id, 1));
  id.is_pid = true;
  const std::string_view clock = (number & kWhich) < 3 ? kClocks[number & kWhich] : std::string_view();
  const Value args[] = {id, enumerator(context.arena, number & kWhich, clock, "CPUCLOCK_???")};
  const bool per_thread = (number & kPerThread) != 0;
  return call_value(context.arena, leaf.number, per_thread ? "MAKE_THREAD_CPUCLOCK" : "MAKE_PROCESS_CPUCLOCK", args);
}

}  // namespace tether::decode
