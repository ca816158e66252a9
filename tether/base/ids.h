#pragma once
// Strong ids: a pid is not a tid is not a descriptor is not a signal, and none of them is an int.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace tether {

template <class Tag, class Rep>
struct StrongId {
  Rep value{};

  constexpr StrongId() = default;
  constexpr explicit StrongId(Rep v) : value(v) {}
  friend constexpr auto operator<=>(StrongId, StrongId) = default;
};

using Pid = StrongId<struct PidTag, std::int32_t>;        ///< A thread group (a process), by its leader's id.
using Tid = StrongId<struct TidTag, std::int32_t>;        ///< One kernel task: what ptrace(2) attaches to.
using Fd = StrongId<struct FdTag, std::int32_t>;          ///< A descriptor in some process's table.
using Signal = StrongId<struct SignalTag, std::int32_t>;  ///< 1…64; 0 means none.
using Errno =
    StrongId<struct ErrnoTag, std::int32_t>;  ///< A positive errno value, the kernel's internal ones (512…) included.

/// The leader's task of a process: same number, other meaning (proc(5)).
constexpr Tid leader_of(Pid pid) {
  return Tid(pid.value);
}

}  // namespace tether

template <class Tag, class Rep>
struct std::hash<tether::StrongId<Tag, Rep>> {
  std::size_t operator()(tether::StrongId<Tag, Rep> id) const noexcept { return std::hash<Rep>()(id.value); }
};
