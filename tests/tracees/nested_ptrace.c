// A tracer itself: it makes a child that asks to be traced, and follows it through a signal, some system calls and its end. Must be true: either everything works as
// without a tracer above, or (a tracer above that follows children has them already) PTRACE_TRACEME fails with EPERM. Never a hang.
#include "tracee.h"

#include <sys/ptrace.h>

int main(void) {
  const pid_t self = getpid();
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    die_with_parent(self);
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0) _exit(errno == EPERM ? 77 : 1);
    raise(SIGUSR1);  // stops for our tracer, who drops it
    for (int i = 0; i < 5; ++i) syscall(SYS_getpgid, 0);
    _exit(8);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child);
  if (WIFEXITED(status)) {
    CHECK(WEXITSTATUS(status) == 77);
    say("nested refused");
    say("tasks 2");
    say("ok");
    return 0;
  }
  CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGUSR1);
  CHECK(ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD) == 0);
  int stops = 0;
  for (;;) {
    CHECK(ptrace(PTRACE_SYSCALL, child, 0, 0) == 0);
    CHECK(waitpid(child, &status, 0) == child);
    if (!WIFSTOPPED(status)) break;
    CHECK(WSTOPSIG(status) == (SIGTRAP | 0x80));
    ++stops;
  }
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 8);
  CHECK(stops >= 11);  // five calls and exit_group's entry
  say("nested works");
  say("ok");
  return 0;
}
