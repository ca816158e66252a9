// Threads that come and go: each makes a few system calls, adds to a sum under a mutex, waits for its turn on a futex, and ends. Must be true:
// every thread ran once and returned what it was told to; the sum is right.
//   thread_churn [THREADS [AT-ONCE]]      THREADS 0: until standard input ends
#include "tracee.h"

enum { kCalls = 3 };
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long sum;

static void* run(void* number) {
  for (int i = 0; i < kCalls; ++i) CHECK(syscall(SYS_getpgid, 0) > 0);
  pthread_mutex_lock(&mutex);
  sum += (intptr_t)number;
  pthread_mutex_unlock(&mutex);
  return (void*)((intptr_t)number * 2 + 1);
}

int main(int argc, char** argv) {
  const long threads = argc > 1 ? atol(argv[1]) : 0;
  const long at_once = argc > 2 ? atol(argv[2]) : 16;
  struct rounds rounds = {.limit = threads == 0 ? 0 : (threads + at_once - 1) / at_once};
  pthread_t* ids = calloc((size_t)at_once, sizeof *ids);
  pthread_attr_t attributes;
  CHECK(ids != NULL && pthread_attr_init(&attributes) == 0 && pthread_attr_setstacksize(&attributes, 64 * 1024) == 0);
  say("ready");
  long made = 0, expected = 0;
  while (more(&rounds)) {
    long count = at_once;
    if (threads != 0 && count > threads - made) count = threads - made;
    for (long i = 0; i < count; ++i) {
      CHECK(pthread_create(&ids[i], &attributes, run, (void*)(intptr_t)(made + i)) == 0);
      expected += made + i;
    }
    for (long i = 0; i < count; ++i) {
      void* result;
      CHECK(pthread_join(ids[i], &result) == 0);
      CHECK((intptr_t)result == (made + i) * 2 + 1);
    }
    made += count;
  }
  CHECK(sum == expected);
  say("tasks %ld", made + 1);
  say("call " ABI " %d %ld", SYS_getpgid, made * kCalls);
  say("ended exited 0 %ld", made + 1);
  say("ok threads=%ld", made);
  return 0;
}
