#pragma once
// pidfds: a process by a descriptor, which never means another process that got its id later (pidfd_open(2)).
//
//   UniqueFd process = TETHER_TRY(sys::open_pidfd(pid));
//   UniqueFd copy = TETHER_TRY(sys::take_descriptor(process, Fd(1)));     // what it writes its output to

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/base/unique_fd.h"

namespace tether::sys {

/// pidfd_open(2), close-on-exec. Readable for poll(2) once the process has ended. Linux ≥ 5.3. Errors: TraceeGone.
Result<UniqueFd> open_pidfd(Pid pid);

/// The same of one thread: whose descriptors to take where the main thread has ended before the others. Linux ≥ 6.9
/// (PIDFD_THREAD); Unsupported (EINVAL) before.
Result<UniqueFd> open_thread_pidfd(Tid tid);

/// A descriptor of ours for the open file description behind one of that process's, close-on-exec (pidfd_getfd(2)).
/// Needs the rights of attaching (PTRACE_MODE_ATTACH_REALCREDS); the process is not stopped. Linux ≥ 5.6. Errors: Io
/// with EBADF if it has none of this number, with EMFILE if we have too many; PermissionDenied; TraceeGone.
Result<UniqueFd> take_descriptor(const UniqueFd& process, Fd fd);

/// pidfd_send_signal(2). Linux ≥ 5.1. Errors: TraceeGone, PermissionDenied.
Result<void> send_signal(const UniqueFd& process, Signal signal);

}  // namespace tether::sys
