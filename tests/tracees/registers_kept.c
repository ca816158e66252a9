// Threads that compute the same thing again and again in integer, vector and x87 registers, without system calls. Must be true: they come to the same
// result every time, and no handler of theirs ever runs.
//   registers_kept [THREADS]       until standard input ends
#include "tracee.h"

static _Atomic int stopping;
static _Atomic long rounds_done;

struct result {
  uint64_t integer;
  double vector;
  long double x87;
};

static __attribute__((noinline)) struct result compute(void) {
  struct result r = {.integer = 14695981039346656037u, .vector = 1.0, .x87 = 1.0L};
  for (int i = 1; i < 20000; ++i) {
    r.integer = (r.integer ^ (unsigned)i) * 1099511628211u;
    r.vector = r.vector * 1.0000001 + 1.0 / i;
    r.x87 = r.x87 + 1.0L / (i * i);
  }
  return r;
}

static void* run(void* unused) {
  (void)unused;
  const struct result first = compute();
  while (!stopping) {
    const struct result again = compute();
    CHECK(again.integer == first.integer && again.vector == first.vector && again.x87 == first.x87);
    ++rounds_done;
  }
  return NULL;
}

static void never(int number) {
  (void)number;
  CHECK(!"a handler ran");
}

int main(int argc, char** argv) {
  const int threads = argc > 1 ? atoi(argv[1]) : 2;
  for (int number = 1; number < 32; ++number)
    if (number != SIGKILL && number != SIGSTOP) signal(number, never);
  pthread_t ids[64];
  CHECK(threads <= 64);
  for (int i = 0; i < threads; ++i) CHECK(pthread_create(&ids[i], NULL, run, NULL) == 0);
  while (rounds_done < threads) sched_yield();
  say("ready");
  while (wait_for_input() == 1) {
  }
  stopping = 1;
  for (int i = 0; i < threads; ++i) CHECK(pthread_join(ids[i], NULL) == 0);
  say("ok rounds=%ld", rounds_done);
  return 0;
}
