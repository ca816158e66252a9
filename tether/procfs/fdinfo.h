#pragma once
// /proc/PID/fdinfo/FD (proc(5)): where a descriptor stands, how it was opened, and what special files tell of
// themselves.
//
//   FdInfo info = TETHER_TRY(read_fdinfo(tid, Fd(3)));
//   if (const auto* epoll = std::get_if<EpollInfo>(&info.special)) use(epoll->targets);

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"

namespace tether::procfs {

struct EventFdInfo {
  std::uint64_t count = 0;
};

struct EpollTarget {
  Fd fd;
  std::uint32_t events = 0;  ///< EPOLLIN … (epoll_ctl(2))
  std::uint64_t data = 0;
  std::uint64_t inode = 0;   ///< 0 before Linux 5.1
  std::uint64_t device = 0;  ///< as the kernel packs it
};
struct EpollInfo {
  std::vector<EpollTarget> targets;
};

struct InotifyWatch {
  std::int32_t descriptor = 0;
  std::uint64_t inode = 0;
  std::uint64_t device = 0;  ///< as the kernel packs it
  std::uint32_t mask = 0;    ///< IN_MODIFY … (inotify(7))
};
struct InotifyInfo {
  std::vector<InotifyWatch> watches;
};

struct SignalFdInfo {
  std::uint64_t mask = 0;  ///< bit N-1 is signal N
};

struct TimerFdInfo {
  std::int32_t clock = 0;  ///< CLOCK_MONOTONIC …
  std::uint64_t ticks = 0;
  std::uint64_t remaining_ns = 0;  ///< 0: not armed
  std::uint64_t interval_ns = 0;
};

struct PidFdInfo {
  std::int32_t pid = 0;  ///< -1: reaped; 0: not to be seen from our pid namespace
};

/// A terminal's master, by the number of its slave in /dev/pts.
struct TerminalMasterInfo {
  std::uint32_t index = 0;
};

using SpecialInfo = std::variant<std::monostate, EventFdInfo, EpollInfo, InotifyInfo, SignalFdInfo, TimerFdInfo,
                                 PidFdInfo, TerminalMasterInfo>;

struct FdInfo {
  std::uint64_t offset = 0;
  std::uint32_t flags = 0;  ///< O_*, the access mode included, by the kernel's numbers; O_CLOEXEC is the descriptor's
  std::int32_t mount_id = 0;
  std::uint64_t inode = 0;  ///< 0 before Linux 5.14
  SpecialInfo special;
};

/// Malformed if there is no line of flags.
Result<FdInfo> parse_fdinfo(std::string_view text);

/// NotFound if there is no such descriptor, or no such task.
Result<FdInfo> read_fdinfo(Tid tid, Fd fd);

/// "O_APPEND|O_NONBLOCK": the names of `flags` but for access mode, O_CLOEXEC and O_LARGEFILE, which the kernel sets on
/// every file of a 64-bit process; bits without a name in octal. Empty if there are none.
std::string open_flag_names(std::uint32_t flags);

/// "r", "w", "rw", or "-" for O_PATH.
std::string_view access_mode_name(std::uint32_t flags);

/// O_LARGEFILE by the kernel's number.
std::uint32_t large_file_flag();

/// O_CLOEXEC
bool has_cloexec(std::uint32_t flags);

}  // namespace tether::procfs
