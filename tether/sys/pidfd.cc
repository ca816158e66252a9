#include "tether/sys/pidfd.h"

#include <sys/syscall.h>

#include <cerrno>
#include <string>

namespace tether::sys {

Result<UniqueFd> open_pidfd(Pid pid) {
  UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid.value, 0)));
  if (!process.is_open()) return fail(errno_error(errno, "pidfd_open of process " + std::to_string(pid.value)));
  return process;
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
