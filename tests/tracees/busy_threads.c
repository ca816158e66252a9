// Hundreds of threads that make system calls as fast as they can, until all together have made so many. Must be true of a fair tracer: no thread starves. Prints how far the slowest and the fastest thread came, counted from the moment at which all were running.
//   busy_threads THREADS CALLS-PER-THREAD
#include "tracee.h"

static _Atomic long left;
static pthread_barrier_t all_running;

static void* run(void* made) {
  pthread_barrier_wait(&all_running);
  while (left > 0) {
    syscall(SYS_getpgid, 0);
    ++*(long*)made;
    --left;
  }
  return NULL;
}

int main(int argc, char** argv) {
  CHECK(argc > 2);
  const long threads = atol(argv[1]);
  left = threads * atol(argv[2]);
  struct {
    long made;
    char own_cache_line[56];
  }* progress = calloc((size_t)threads, sizeof *progress);
  pthread_t* ids = calloc((size_t)threads, sizeof *ids);
  pthread_attr_t attributes;
  CHECK(pthread_attr_init(&attributes) == 0 && pthread_attr_setstacksize(&attributes, 64 * 1024) == 0);
  CHECK(pthread_barrier_init(&all_running, NULL, (unsigned)threads) == 0);
  for (long i = 0; i < threads; ++i) CHECK(pthread_create(&ids[i], &attributes, run, &progress[i].made) == 0);
  long total = 0, slowest = 1L << 30, fastest = 0;
  for (long i = 0; i < threads; ++i) {
    CHECK(pthread_join(ids[i], NULL) == 0);
    total += progress[i].made;
    if (progress[i].made < slowest) slowest = progress[i].made;
    if (progress[i].made > fastest) fastest = progress[i].made;
  }
  say("call " ABI " %d %ld", SYS_getpgid, total);
  say("tasks %ld", threads + 1);
  say("progress %ld %ld", slowest, fastest);
  say("ok");
  return 0;
}
