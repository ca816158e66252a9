// Threads that stand still in a read of a pipe, in a process without handlers; each counts the bytes that it gets. A byte on standard input makes all of them
// read one; its end makes them finish. Must be true: exactly one byte each for every byte on standard input.
//   reader_threads THREADS       prints "ready", then "served" after each round
#include "tracee.h"

struct reader {
  int pipe[2];
  int ack;
  long got;
  pthread_t thread;
};

static void* run(void* argument) {
  struct reader* r = argument;
  char c;
  for (;;) {
    const ssize_t n = read(r->pipe[0], &c, 1);
    CHECK(n >= 0);
    if (n == 0) return NULL;
    ++r->got;
    write_all(r->ack, &c, 1);
  }
}

int main(int argc, char** argv) {
  const long threads = argc > 1 ? atol(argv[1]) : 4;
  struct reader* readers = calloc((size_t)threads, sizeof *readers);
  int ack[2];
  CHECK(readers != NULL && pipe(ack) == 0);
  pthread_attr_t attributes;
  CHECK(pthread_attr_init(&attributes) == 0 && pthread_attr_setstacksize(&attributes, 64 * 1024) == 0);
  for (long i = 0; i < threads; ++i) {
    CHECK(pipe(readers[i].pipe) == 0);
    readers[i].ack = ack[1];
    CHECK(pthread_create(&readers[i].thread, &attributes, run, &readers[i]) == 0);
  }
  say("ready");
  long served = 0;
  for (; wait_for_input(); ++served) {
    char c = 'x';
    for (long i = 0; i < threads; ++i) write_all(readers[i].pipe[1], &c, 1);
    for (long i = 0; i < threads; ++i) read_all(ack[0], &c, 1);
    say("served");
  }
  for (long i = 0; i < threads; ++i) {
    close(readers[i].pipe[1]);
    CHECK(pthread_join(readers[i].thread, NULL) == 0);
    CHECK(readers[i].got == served);
  }
  say("ok served=%ld", served);
  return 0;
}
