#pragma once
// waitid(2), as a tracer needs it: peek first, consume later or never.
//
// A stop that was consumed by wait and not yet acted upon is lost if the tracer is killed at that moment: the kernel
// forgets a signal whose stop was consumed. So tether looks at stops with WNOWAIT and then resumes the
// tracee, which discards the stop; only deaths are consumed (agent.md b.9; pinned in tests/kernel_facts/).

#include <cstdint>
#include <optional>

#include "tether/base/ids.h"
#include "tether/base/result.h"

namespace tether::sys {

struct WaitReport {
  enum class Kind : std::uint8_t {
    Exited,   ///< status: exit status
    Killed,   ///< status: signal
    Dumped,   ///< status: signal, and a core was written
    Stopped,  ///< status: signal | PTRACE_EVENT_* << 8, as in ptrace(2) "status>>8"
  };
  Kind kind = Kind::Stopped;
  Tid tid;
  std::int32_t status = 0;
  std::uint64_t system_time_ns = 0;  ///< the task's system time so far (ru_stime); 0 unless asked for
};

enum class Blocking : bool { No, Yes };
enum class WithUsage : bool { No, Yes };

/// Peeks at any tracee of the calling thread that has something to report. Blocking::No: nullopt if none has.
/// Errors: ECHILD (sys_errno) if there are no tracees; EINTR if a signal handler ran.
Result<std::optional<WaitReport>> peek_any(Blocking blocking, WithUsage usage);

/// The same for one tracee.
Result<std::optional<WaitReport>> peek(Tid tid, Blocking blocking, WithUsage usage);

/// Consumes a death that was peeked at, and says how it came: before Linux 5.17 a peek shows what the leader alone
/// ended with, which is not how the process ended if the leader went first (kernel/exit.c, wait_task_zombie).
Result<WaitReport> reap(const WaitReport& death);

/// Consumes a stop that was peeked at, so that peek_any does not see it again until the tracee has been resumed.
Result<void> park(Tid tid);

}  // namespace tether::sys
