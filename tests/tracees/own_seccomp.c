// Confined by a seccomp filter of its own: one call fails with an errno of the filter's, one raises SIGSYS that it handles, one asks for a tracer (SECCOMP_RET_TRACE)
// that it has not got. Must be true: EPERM, one handled SIGSYS per call, ENOSYS; all else works. A tracer with a filter of its own must not change that.
#include "tracee.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>

static int trapped;
static void on_sys(int number, siginfo_t* info, void* context) {
  (void)context;
  if (number == SIGSYS && info->si_syscall == SYS_getpriority) ++trapped;
}

int main(void) {
  enum { kTimes = 10 };
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpgid, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getsid, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE | 7),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {sizeof code / sizeof code[0], code};
  const struct sigaction action = {.sa_sigaction = on_sys, .sa_flags = SA_SIGINFO};
  CHECK(sigaction(SIGSYS, &action, NULL) == 0);
  CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0);
  for (int i = 0; i < kTimes; ++i) {
    CHECK(syscall(SYS_getpgid, 0) == -1 && errno == EPERM);
    syscall(SYS_getpriority, 0, 0);
    CHECK(trapped == i + 1);
    CHECK(syscall(SYS_getsid, 0) == -1 && errno == ENOSYS);
    CHECK(syscall(SYS_getppid) > 0);
  }
  say("call " ABI " %d %d", SYS_getpgid, kTimes);
  say("call " ABI " %d %d", SYS_getsid, kTimes);
  say("call " ABI " %d %d", SYS_getppid, kTimes);
  say("signal %d %d", SIGSYS, kTimes);
  say("tasks 1");
  say("ok");
  return 0;
}
