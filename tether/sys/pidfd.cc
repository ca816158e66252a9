#include "tether/sys/pidfd.h"

#include <fcntl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <string>

namespace tether::sys {

namespace {

constexpr unsigned kPidfdThread = O_EXCL;  // PIDFD_THREAD of <linux/pidfd.h>, which Debian 12's lacks

Result<UniqueFd> open(std::int32_t id, unsigned flags) {
  UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, id, flags)));
  if (!pidfd.is_open()) return fail(errno_error(errno, "pidfd_open of process " + std::to_string(id)));
  return pidfd;
}

}  // namespace

Result<UniqueFd> open_pidfd(Pid pid) {
  return open(pid.value, 0);
}

Result<UniqueFd> open_thread_pidfd(Tid tid) {
  auto pidfd = open(tid.value, kPidfdThread);
  if (!pidfd.has_value() && pidfd.error().sys_errno == EINVAL)
    return fail({.code = ErrorCode::Unsupported,
                 .sys_errno = EINVAL,
                 .message = "the main thread of the process of thread " + std::to_string(tid.value) +
                            " has ended, and this kernel copies no descriptor of another one",
                 .hint = "Linux 6.9 and newer do"});
  return pidfd;
}

Result<UniqueFd> take_descriptor(const UniqueFd& process, Fd fd) {
  UniqueFd copy(static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), fd.value, 0)));
  if (!copy.is_open()) return fail(errno_error(errno, "pidfd_getfd of descriptor " + std::to_string(fd.value)));
  return copy;
}

Result<void> send_signal(const UniqueFd& process, Signal signal) {
  if (::syscall(SYS_pidfd_send_signal, process.get(), signal.value, nullptr, 0) != 0)
    return fail(errno_error(errno, "pidfd_send_signal"));
  return ok();
}

}  // namespace tether::sys
