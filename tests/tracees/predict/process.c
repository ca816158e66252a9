// Processes: birth, exec that fails, ends and what wait4 says of them, attributes.
#include "predict.h"
#include <linux/capability.h>
#include <linux/sched.h>
#include <sys/resource.h>

/// A child that ends by `how`: an exit status, or, if negative, a signal.
static long child(int how) {
  const long pid = call(fork);
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (how < 0) {
      const struct rlimit no_core = {0, 0};
      setrlimit(RLIMIT_CORE, &no_core);
      call(kill, getpid(), -how);
    }
    call(exit_group, how);
  }
  return pid;
}

int main(int argc, char** argv) {
  // Their exits are awaited, not announced.
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
  char* arguments[] = {"none", "two words", "", NULL};
  char* environment[] = {"A=1", "B=", NULL};
  int status;
  struct rusage usage;
  siginfo_t info;

  begin();
  const long failed = call(execve, "./none", arguments, environment);
  expect(failed, "execve(\"./none\", [\"none\", \"two words\", \"\"], [\"A=1\", \"B=\"])");
  const long empty = call(execve, "./none", arguments + 3, NULL);
  expect(empty, "execve(\"./none\", [], NULL)");

  const long normal = child(42);
  expect(normal, "fork()");
  const long waited = call(wait4, normal, &status, 0, NULL);
  expect(waited, "wait4(%ld, [{WIFEXITED(s) && WEXITSTATUS(s) == 42}], 0, NULL)", normal);
  const long killed = child(-SIGTERM);
  expect(killed, "fork()");
  expect(call(wait4, killed, &status, __WALL, NULL), "wait4(%ld, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGTERM}], __WALL, NULL)", killed);
  const long stopped = child(-SIGSTOP);
  expect(stopped, "fork()");
  expect(call(wait4, stopped, &status, WUNTRACED, NULL),
         "wait4(%ld, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}], WSTOPPED, NULL)", stopped);
  status = 0x1234;  // what lies there is not the call's
  expect(call(wait4, stopped, &status, WNOHANG, &usage), "wait4(%ld, %p, WNOHANG, %p)", stopped, (void*)&status, (void*)&usage);
  expect(call(waitid, P_PID, stopped, &info, WNOHANG | WEXITED, NULL), "waitid(P_PID, %ld, {}, WNOHANG|WEXITED, NULL)", stopped);
  expect(call(kill, stopped, SIGCONT), "kill(%ld, SIGCONT)", stopped);
  // The continued child goes on to exit with its negative status' low byte.
  expect(call(kill, stopped, SIGKILL), "kill(%ld, SIGKILL)", stopped);
  const long gone = call(wait4, stopped, NULL, 0, NULL);
  expect(gone, "wait4(%ld, NULL, 0, NULL)", stopped);
  expect(call(wait4, -1, NULL, 0, NULL), "wait4(-1, NULL, 0, NULL)");

  struct clone_args args = {.flags = CLONE_FS, .exit_signal = SIGCHLD};
  const long made = call(clone3, &args, sizeof args);
  if (made == 0) call(exit_group, 0);
  expect(made, "clone3({flags=CLONE_FS, exit_signal=SIGCHLD, stack=NULL, stack_size=0}, %zu)", sizeof args);
  expect(call(wait4, made, &status, 0, NULL), "wait4(%ld, [{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL)", made);

  expect(call(prctl, PR_SET_NAME, "renamed"), "prctl(PR_SET_NAME, \"renamed\")");
  expect(call(prctl, PR_SET_PDEATHSIG, SIGKILL), "prctl(PR_SET_PDEATHSIG, SIGKILL)");
  call(prctl, PR_GET_DUMPABLE);
  expect_result("1 (SUID_DUMP_USER)", "prctl(PR_GET_DUMPABLE)");
  // Of another process, which is not allowed: the upper words count as well.
  const struct __user_cap_header_struct other = {_LINUX_CAPABILITY_VERSION_3, 1};
  struct __user_cap_data_struct caps[2] = {{.effective = 1, .inheritable = 1 << CAP_KILL}, {.effective = 1}};
  expect(call(capset, &other, caps),
         "capset({version=_LINUX_CAPABILITY_VERSION_3, pid=1}, {effective=1<<CAP_CHOWN|1<<CAP_MAC_OVERRIDE, permitted=0, "
         "inheritable=1<<CAP_KILL})");
  expect(call(getpid), "getpid()");
  expect(call(getppid), "getppid()");
  expect(call(getpgid, 0), "getpgid(0)");
  expect(call(setpgid, 0, -1), "setpgid(0, -1)");
  expect(call(kill, 0, 0), "kill(0, 0)");
  expect(call(kill, -1000000, SIGUSR1), "kill(-1000000, SIGUSR1)");
  end();
  (void)argc, (void)argv;
}
