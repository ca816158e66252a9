// Children that do all sorts of things are killed with SIGKILL at odd moments, without waiting for anything. Must be true: each is reaped once, killed by signal 9.
//   kill_any_moment [ROUNDS]
#include "tracee.h"

static void* churn(void* unused) {
  for (;;) {
    syscall(SYS_getpgid, 0);
    sched_yield();
  }
  return unused;
}
static void* nothing(void* unused) { return unused; }

static void live(int how, int alive) {
  write_all(alive, "x", 1);
  pthread_t thread;
  switch (how % 5) {
    case 0:
      churn(NULL);
      break;
    case 1:
      for (;;) pause();
    case 2:
      for (;;)
        if (pthread_create(&thread, NULL, nothing, NULL) == 0) pthread_join(thread, NULL);
    case 3:
      for (;;) {
        const pid_t child = fork();
        if (child == 0) _exit(0);
        waitpid(child, NULL, 0);
      }
    default:
      for (int i = 0; i < 4; ++i) pthread_create(&thread, NULL, churn, NULL);
      churn(NULL);
  }
}

int main(int argc, char** argv) {
  struct rounds rounds = {.limit = argc > 1 ? atol(argv[1]) : 0};
  const pid_t self = getpid();
  say("ready");
  uint32_t random = 1;
  while (more(&rounds)) {
    int alive[2];
    CHECK(pipe(alive) == 0);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      die_with_parent(self);
      live((int)rounds.done, alive[1]);
    }
    char c;
    read_all(alive[0], &c, 1);
    random = random * 1664525 + 1013904223;
    for (uint32_t spin = (random >> 16) * 2; spin != 0; --spin) __asm__ volatile("" ::: "memory");
    CHECK(kill(child, SIGKILL) == 0);
    expect_killed(child, SIGKILL);
    close(alive[0]);
    close(alive[1]);
  }
  say("ok killed=%ld", rounds.done - 1);
  return 0;
}
