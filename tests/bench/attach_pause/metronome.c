// Threads that wake up at fixed moments, by turns, and note how late they were: a pause of the process is seen by those whose moment it covers.
//   metronome THREADS       prints "ready"; each line on standard input is answered by the worst lateness since the last, in nanoseconds
//
// One thread or another is due every 200 microseconds, however many there are, so that waking them takes little of the machine: threads that spin
// would wait for each other longer than for any tracer.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

enum { kApartNs = 200000, kStackBytes = 64 * 1024 };

static long threads;
static int64_t begin;
static _Atomic int64_t worst;

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void note(int64_t lateness) {
  int64_t seen = worst;
  while (lateness > seen && !__atomic_compare_exchange_n((int64_t*)&worst, &seen, lateness, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
  }
}

static void* run(void* index) {
  prctl(PR_SET_TIMERSLACK, 1);
  int64_t due = begin + (intptr_t)index * kApartNs;
  for (;;) {
    const struct timespec t = {due / 1000000000, due % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) {
    }
    const int64_t now = now_ns();
    note(now - due);
    while (due <= now) due += threads * kApartNs;
  }
  return NULL;
}

int main(int argc, char** argv) {
  threads = argc > 1 ? atol(argv[1]) : 1;
  begin = now_ns() + 100000000;  // all have been made by then
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0 || pthread_attr_setstacksize(&attributes, kStackBytes) != 0) return 1;
  for (long i = 0; i < threads; ++i) {
    pthread_t id;
    if (pthread_create(&id, &attributes, run, (void*)(intptr_t)i) != 0) return 1;
  }
  while (now_ns() < begin) {
  }
  worst = 0;
  printf("ready\n");
  fflush(stdout);
  for (int c; (c = getchar()) != EOF;) {
    if (c != '\n') continue;
    printf("%lld\n", (long long)__atomic_exchange_n((int64_t*)&worst, 0, __ATOMIC_SEQ_CST));
    fflush(stdout);
  }
  return 0;
}
