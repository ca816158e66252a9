// Signals: actions, masks, what is sent and what arrives, the return from a handler.
#include "predict.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>

#ifdef __x86_64__
#define RETURN "rt_sigreturn({mask=[]})"
#else
#define RETURN "sigreturn({mask=[]})"
#endif

/// The kernel's own struct sigaction, without the C library's additions.
struct action {
  void* handler;
  unsigned long flags;
  void* restorer;
  uint64_t mask;
};
static void ignore(int signal) {
  (void)signal;
}

int main(void) {
  uint64_t set = 0;
  const pid_t pid = getpid();
  const uid_t uid = getuid();
  // The handler that the C library installs knows how to return; it is only looked at here.
  struct sigaction with_libc = {.sa_handler = ignore, .sa_flags = 0};
  CHECK(sigaction(SIGUSR1, &with_libc, NULL) == 0 && sigaction(SIGUSR2, &with_libc, NULL) == 0);
  CHECK(sigaction(SIGHUP, &with_libc, NULL) == 0 && sigaction(SIGTRAP, &with_libc, NULL) == 0);
  int pair[2];
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  CHECK(fcntl(pair[0], F_SETOWN, pid) == 0 && fcntl(pair[0], F_SETFL, O_ASYNC) == 0);
  struct action old;
  begin();
  // What a descriptor sends, by a signal without codes of its own and by one that has some.
  expect(call(fcntl, pair[0], F_SETSIG, SIGHUP), "fcntl(%d, F_SETSIG, SIGHUP)", pair[0]);
  expect(call(write, pair[1], "x", 1), "write(%d, \"x\", 1)", pair[1]);
  unlike_strace_6_1("it knows these codes of SIGIO only");
  expect_line("--- SIGHUP {si_signo=SIGHUP, si_code=POLL_IN, si_band=65, si_fd=%d} ---", pair[0]);
  expect(1, RETURN);
  expect(call(fcntl, pair[0], F_SETSIG, SIGTRAP), "fcntl(%d, F_SETSIG, SIGTRAP)", pair[0]);
  expect(call(write, pair[1], "x", 1), "write(%d, \"x\", 1)", pair[1]);
  expect_line("--- SIGTRAP {si_signo=SIGTRAP, si_code=SI_SIGIO, si_band=65, si_fd=%d} ---", pair[0]);
  expect(1, RETURN);

  struct action action = {.handler = SIG_IGN, .flags = SA_RESTART | SA_NODEFER, .mask = 1u << (SIGINT - 1)};
  expect(call(rt_sigaction, SIGHUP, &action, NULL, 8),
         "rt_sigaction(SIGHUP, {sa_handler=SIG_IGN, sa_mask=[INT], sa_flags=SA_RESTART|SA_NODEFER}, NULL, 8)");
  action = (struct action){.handler = SIG_DFL};
  const long replaced = call(rt_sigaction, SIGHUP, &action, &old, 8);
  expect(replaced,
         "rt_sigaction(SIGHUP, {sa_handler=SIG_DFL, sa_mask=[], sa_flags=0}, "
         "{sa_handler=SIG_IGN, sa_mask=[INT], sa_flags=SA_RESTART|SA_NODEFER}, 8)");
  expect(call(rt_sigaction, SIGKILL, &action, NULL, 8), "rt_sigaction(SIGKILL, {sa_handler=SIG_DFL, sa_mask=[], sa_flags=0}, NULL, 8)");
  expect(call(rt_sigaction, 99, NULL, NULL, 8), "rt_sigaction(99, NULL, NULL, 8)");

  set = 1u << (SIGUSR2 - 1) | 1u << (SIGTERM - 1);
  expect(call(rt_sigprocmask, SIG_BLOCK, &set, NULL, 8), "rt_sigprocmask(SIG_BLOCK, [USR2 TERM], NULL, 8)");
  set = ~(uint64_t)0;
  uint64_t was;
  const long filled = call(rt_sigprocmask, SIG_SETMASK, &set, &was, 8);
  expect(filled, "rt_sigprocmask(SIG_SETMASK, ~[], [USR2 TERM], 8)");
  set = ~(uint64_t)(1u << (SIGUSR1 - 1));
  expect(call(rt_sigprocmask, SIG_SETMASK, &set, NULL, 8), "rt_sigprocmask(SIG_SETMASK, ~[USR1], NULL, 8)");
  set = (uint64_t)1 << 33 | 1;
  expect(call(rt_sigprocmask, SIG_UNBLOCK, &set, NULL, 8), "rt_sigprocmask(SIG_UNBLOCK, [HUP RT_2], NULL, 8)");
  set = 0;
  expect(call(rt_sigprocmask, SIG_SETMASK, &set, NULL, 8), "rt_sigprocmask(SIG_SETMASK, [], NULL, 8)");
  expect(call(rt_sigprocmask, 7, NULL, NULL, 8), "rt_sigprocmask(0x7 /* SIG_??? */, NULL, NULL, 8)");

  const long sent = call(kill, pid, SIGUSR1);
  expect(sent, "kill(%d, SIGUSR1)", pid);
  expect_line("--- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=%d, si_uid=%u} ---", pid, uid);
  expect(0, RETURN);
  const long thread = call(tgkill, pid, pid, SIGUSR2);
  expect(thread, "tgkill(%d, %d, SIGUSR2)", pid, pid);
  expect_line("--- SIGUSR2 {si_signo=SIGUSR2, si_code=SI_TKILL, si_pid=%d, si_uid=%u} ---", pid, uid);
  expect(0, RETURN);

  siginfo_t info = {.si_signo = SIGUSR1, .si_code = SI_QUEUE};
  info.si_pid = pid;
  info.si_uid = uid;
  info.si_value.sival_int = 7;
  const long queued = call(rt_sigqueueinfo, pid, SIGUSR1, &info);
  expect(queued, "rt_sigqueueinfo(%d, SIGUSR1, {si_signo=SIGUSR1, si_code=SI_QUEUE, si_pid=%d, si_uid=%u, si_int=7, si_ptr=0x7})", pid, pid, uid);
  expect_line("--- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_QUEUE, si_pid=%d, si_uid=%u, si_int=7, si_ptr=0x7} ---", pid, uid);
  expect(0, RETURN);
  end();
}
