#pragma once
// TextOptions: how a trace looks. The defaults are strace's.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "tether/sink/text/value_text.h"

namespace tether {

enum class ClockStyle : std::uint8_t {
  None,
  TimeOfDay,  ///< -t, -tt: 13:37:42, local time
  Unix,       ///< -ttt: seconds since the epoch
};

/// How many digits stand behind the seconds.
enum class TimePrecision : std::uint8_t { Seconds, Milliseconds, Microseconds, Nanoseconds };

/// Whether lines begin with the id of their task.
enum class PidPrefix : std::uint8_t {
  Never,        ///< one file per task (-ff) names it already
  WhenSeveral,  ///< "[pid 123] " while more than one task is observed: for a terminal
  Always,       ///< "123   ": for a file that several tasks share (strace: -f with -o; --always-show-pid)
};

/// -z, -Z, -e status=: which calls to show, by how they ended. Showing fewer than all needs whole calls, so that
/// nothing is shown of a call before it has ended.
struct StatusFilter {
  bool successful = true;
  bool failed = true;
  bool unfinished = true;   ///< never returned: exit_group, a killed task
  bool unavailable = true;  ///< accepted for strace's sake: our engines always know how a call ended
  bool detached = true;     ///< the task was let go meanwhile
  bool shows_all() const { return successful && failed && unfinished && detached; }
};

/// Lines and messages to leave out (-q, -e quiet=).
struct QuietSet {
  bool attach = false;         ///< "Process 123 attached", "… detached"
  bool exit = false;           ///< "+++ exited with 0 +++"; a death by a signal is always told
  bool personality = false;    ///< "[ Process PID=123 runs in 32 bit mode. ]"
  bool thread_execve = false;  ///< "+++ superseded by execve in pid 123 +++"
};

struct TextOptions {
  ValueTextOptions values;  ///< -X, -x, -N, colours
  std::size_t column = 40;  ///< -a: where " = " stands, at the least
  PidPrefix pids = PidPrefix::WhenSeveral;
  bool commands = false;  ///< -Y: the task's name behind its id
  ClockStyle clock = ClockStyle::None;
  TimePrecision clock_precision = TimePrecision::Seconds;
  bool relative_times = false;  ///< -r: time since the line before
  TimePrecision relative_precision = TimePrecision::Microseconds;
  bool durations = false;  ///< -T: time from entry to exit behind each call
  TimePrecision duration_precision = TimePrecision::Microseconds;
  bool syscall_numbers = false;       ///< -n
  bool instruction_pointers = false;  ///< -i
  StatusFilter statuses;
  QuietSet quiet;

  std::string message_prefix = "tether: ";
  /// Where messages go (attached, detached, notices): a descriptor of the caller's. Empty: into the trace itself, as
  /// they do if the trace is written to the same descriptor.
  std::optional<int> message_fd = 2;

  /// CLOCK_REALTIME minus CLOCK_MONOTONIC for the events' stamps; absent: this machine's now. A recording has its own.
  std::optional<std::int64_t> realtime_offset_ns;
};

}  // namespace tether
