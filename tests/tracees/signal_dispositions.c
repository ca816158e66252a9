// Signals that are ignored, blocked (and delivered when unblocked), handled, caught by sigtimedwait. A tracer hears of ignored ones too
// (ptrace(2)), not of those that sigtimedwait takes. Must be true: ignored signals interrupt nothing, blocked ones come exactly when unblocked.
#include "tracee.h"

static volatile int handled;
static void on_signal(int number) {
  (void)number;
  ++handled;
}

int main(void) {
  enum { kTimes = 50 };
  signal(SIGUSR1, SIG_IGN);
  struct sigaction action = {.sa_handler = on_signal};
  CHECK(sigaction(SIGUSR2, &action, NULL) == 0);
  for (int i = 0; i < kTimes; ++i) CHECK(kill(getpid(), SIGUSR1) == 0);

  sigset_t set, old;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  sigaddset(&set, SIGTERM);
  CHECK(sigprocmask(SIG_BLOCK, &set, &old) == 0);
  for (int i = 0; i < kTimes; ++i) {
    CHECK(kill(getpid(), SIGUSR2) == 0);
    CHECK(handled == i);
    CHECK(sigsuspend(&old) == -1 && errno == EINTR);  // a real handler: a real EINTR
    CHECK(handled == i + 1);
  }
  sigdelset(&set, SIGUSR2);
  for (int i = 0; i < kTimes; ++i) {
    CHECK(kill(getpid(), SIGTERM) == 0);
    siginfo_t info;
    CHECK(sigwaitinfo(&set, &info) == SIGTERM && info.si_pid == getpid());
  }
  // A signal that is not ignored but whose default is to do nothing.
  for (int i = 0; i < kTimes; ++i) CHECK(kill(getpid(), SIGWINCH) == 0);
  CHECK(handled == kTimes);
  say("signal %d %d", SIGUSR1, kTimes);
  say("signal %d %d", SIGUSR2, kTimes);
  say("signal %d %d", SIGTERM, 0);
  say("signal %d %d", SIGWINCH, kTimes);
  say("tasks 1");
  say("ok");
  return 0;
}
