// Its CPU affinity and scheduling policy are its own: whatever watches it leaves them as they were, in each of its tasks.
//   own_scheduling [ROUNDS]
// Each round makes system calls in a row, as a tracer that follows its tracee from CPU to CPU likes them, and looks again; so do a thread and a child.
#include "tracee.h"

struct scheduling {
  int policy;
  int nice;
  cpu_set_t cpus;
};

static struct scheduling look(void) {
  struct scheduling s;
  memset(&s, 0, sizeof s);
  s.policy = sched_getscheduler(0);
  s.nice = (int)syscall(SYS_getpriority, 0, 0);
  CHECK(sched_getaffinity(0, sizeof s.cpus, &s.cpus) == 0);
  return s;
}

static struct scheduling first;
static long rounds;

static void check_rounds(void) {
  for (long i = 0; i < rounds; ++i) {
    for (int call = 0; call < 100; ++call) syscall(SYS_getpgid, 0);
    const struct scheduling now = look();
    CHECK(memcmp(&now, &first, sizeof now) == 0);
  }
}

static void* thread(void* unused) {
  check_rounds();
  return unused;
}

int main(int argc, char** argv) {
  rounds = argc > 1 ? atol(argv[1]) : 10;
  first = look();
  CHECK(first.policy == SCHED_OTHER);
  check_rounds();
  pthread_t t;
  CHECK(pthread_create(&t, NULL, thread, NULL) == 0);
  CHECK(pthread_join(t, NULL) == 0);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    die_with_parent(parent);
    check_rounds();
    _exit(0);
  }
  expect_exit(pid, 0);
  say("call " ABI " %d %ld", SYS_getpgid, 3 * 100 * rounds);
  say("tasks 3");
  say("ok");
  return 0;
}
