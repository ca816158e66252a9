// A parent stops its child by SIGSTOP and SIGTSTP (default action, and a handler), continues it by SIGCONT, and kills it while stopped. Must be true: waitpid hears of
// each stop and each continuation once, with the right signal; a stopped child does nothing; the child's own SIGCONT handler runs once each time.
//   job_control [ROUNDS]
#include "tracee.h"

struct shared {
  _Atomic long steps, continued, tstp;
};
static struct shared* shared;
static void on_cont(int n) {
  (void)n;
  shared->continued++;
}
static void on_tstp(int n) {
  (void)n;
  shared->tstp++;
}

static void child_life(int go) {
  // A group whose parent is in the session, too: in an orphaned one SIGTTIN stops nobody, and the test may be run in one.
  CHECK(setpgid(0, 0) == 0);
  struct sigaction action = {.sa_handler = on_cont, .sa_flags = SA_RESTART};
  sigaction(SIGCONT, &action, NULL);
  action.sa_handler = on_tstp;
  sigaction(SIGTSTP, &action, NULL);
  signal(SIGTTIN, SIG_DFL);
  write_all(go, "x", 1);
  for (;;) {
    shared->steps++;
    sched_yield();
  }
}

static void expect_stopped(pid_t child, int number) {
  int status;
  CHECK(waitpid(child, &status, WUNTRACED) == child);
  CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == number);
  const long steps = shared->steps;
  for (int i = 0; i < 20; ++i) sched_yield();
  CHECK(shared->steps == steps);
  CHECK(waitpid(child, &status, WUNTRACED | WCONTINUED | WNOHANG) == 0);  // once
}
static void expect_continued(pid_t child, long handlers) {
  int status;
  CHECK(waitpid(child, &status, WCONTINUED) == child);
  CHECK(WIFCONTINUED(status));
  const long steps = shared->steps;
  while (shared->steps == steps || shared->continued < handlers) sched_yield();
  CHECK(shared->continued == handlers);
}

int main(int argc, char** argv) {
  struct rounds rounds = {.limit = argc > 1 ? atol(argv[1]) : 0};
  shared = shared_memory(sizeof *shared);
  const pid_t self = getpid();
  int go[2];
  CHECK(pipe(go) == 0);
  say("ready");
  while (more(&rounds)) {
    shared->continued = 0;
    shared->tstp = 0;
    shared->steps = 0;
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      die_with_parent(self);
      child_life(go[1]);
    }
    char c;
    read_all(go[0], &c, 1);
    static const int stops[] = {SIGSTOP, SIGTTIN, SIGSTOP};
    long continued = 0;
    for (unsigned i = 0; i < 3; ++i) {
      CHECK(kill(child, stops[i]) == 0);
      expect_stopped(child, stops[i]);
      CHECK(kill(child, SIGCONT) == 0);
      expect_continued(child, ++continued);
    }
    CHECK(kill(child, SIGTSTP) == 0);  // handled: no stop
    while (shared->tstp == 0) sched_yield();
    int status;
    CHECK(waitpid(child, &status, WUNTRACED | WNOHANG) == 0);
    CHECK(kill(child, SIGSTOP) == 0);
    expect_stopped(child, SIGSTOP);
    CHECK(kill(child, SIGKILL) == 0);
    expect_killed(child, SIGKILL);
  }
  say("signal %d %ld", SIGSTOP, 3 * (rounds.done - 1));
  say("signal %d %ld", SIGTTIN, rounds.done - 1);
  say("signal %d %ld", SIGTSTP, rounds.done - 1);
  say("signal %d %ld", SIGCONT, 3 * (rounds.done - 1));
  say("ok rounds=%ld", rounds.done - 1);
  return 0;
}
