#include "tether/sys/wait.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace tether::sys {

namespace {

// The system call itself, since glibc's wrapper hides its fifth argument.
long raw_waitid(idtype_t type, int id, siginfo_t* info, int options, rusage* usage) {
  return ::syscall(SYS_waitid, type, id, info, options, usage);
}

WaitReport::Kind kind_of(const siginfo_t& info) {
  switch (info.si_code) {
    case CLD_EXITED:
      return WaitReport::Kind::Exited;
    case CLD_KILLED:
      return WaitReport::Kind::Killed;
    case CLD_DUMPED:
      return WaitReport::Kind::Dumped;
    default:
      return WaitReport::Kind::Stopped;
  }
}

Result<std::optional<WaitReport>> peek_with(idtype_t type, int id, Blocking blocking, WithUsage with_usage) {
  siginfo_t info;
  info.si_pid = 0;
  rusage usage;
  const bool wants_usage = with_usage == WithUsage::Yes;
  const int options = WEXITED | WSTOPPED | WNOWAIT | __WALL | __WNOTHREAD | (blocking == Blocking::No ? WNOHANG : 0);
  if (raw_waitid(type, id, &info, options, wants_usage ? &usage : nullptr) != 0)
    return fail(errno_error(errno, "waitid"));
  if (info.si_pid == 0) return std::optional<WaitReport>();
  WaitReport report{.kind = kind_of(info), .tid = Tid(info.si_pid), .status = info.si_status};
  if (wants_usage)
    report.system_time_ns = static_cast<std::uint64_t>(usage.ru_stime.tv_sec) * 1'000'000'000u +
                            static_cast<std::uint64_t>(usage.ru_stime.tv_usec) * 1'000u;
  return std::optional(report);
}

}  // namespace

Result<std::optional<WaitReport>> peek_any(Blocking blocking, WithUsage usage) {
  return peek_with(P_ALL, 0, blocking, usage);
}

Result<std::optional<WaitReport>> peek(Tid tid, Blocking blocking, WithUsage usage) {
  return peek_with(P_PID, tid.value, blocking, usage);
}

Result<WaitReport> reap(const WaitReport& death) {
  siginfo_t info;
  info.si_pid = 0;
  if (raw_waitid(P_PID, death.tid.value, &info, WEXITED | __WALL | WNOHANG, nullptr) != 0)
    return fail(errno_error(errno, "waitid"));
  if (info.si_pid == 0) return death;
  WaitReport report = death;
  report.kind = kind_of(info);
  report.status = info.si_status;
  return report;
}

Result<void> park(Tid tid) {
  siginfo_t info;
  if (raw_waitid(P_PID, tid.value, &info, WSTOPPED | __WALL | WNOHANG, nullptr) != 0)
    return fail(errno_error(errno, "waitid"));
  return ok();
}

}  // namespace tether::sys
