#include "tether/cli/exit_status.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include <cerrno>

#include "tether/cli/messages.h"

namespace tether::cli {

int status_of_launch_failure(const Error& error) {
  switch (error.sys_errno) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG:
      return 127;
    case EACCES:
    case ENOEXEC:
    case EISDIR:
    case ETXTBSY:
    case ELIBBAD:
    case E2BIG:
      return 126;
    default:
      return kFailed;
  }
}

int die_of(Signal signal) {
  const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
  ::setrlimit(RLIMIT_CORE, &no_core);  // the command's own core must not be overwritten
  ::signal(signal.value, SIG_DFL);
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, signal.value);
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  ::raise(signal.value);
  return 128 + signal.value;
}

}  // namespace tether::cli
