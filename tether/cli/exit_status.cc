#include "tether/cli/exit_status.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include "tether/tracee/exec_failure.h"

namespace tether::cli {

int status_of_launch_failure(const Error& error) {
  return status_of_exec_failure(error.sys_errno);
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
