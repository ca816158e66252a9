// Four threads that work a little and write a byte, each as often as the others: the calls are the same however they are scheduled.
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static long rounds;
static int null_fd;

static void* work(void* unused) {
  volatile unsigned long sum = 0;
  for (long i = 0; i < rounds; ++i) {
    for (unsigned long j = 0; j < 2000; ++j) sum += j;
    if (write(null_fd, "x", 1) != 1) abort();
  }
  return unused;
}

int main(int argc, char** argv) {
  rounds = argc > 1 ? atol(argv[1]) : 20000;
  null_fd = open("/dev/null", O_WRONLY);
  pthread_t threads[4];
  for (int i = 0; i < 4; ++i) pthread_create(&threads[i], NULL, work, NULL);
  for (int i = 0; i < 4; ++i) pthread_join(threads[i], NULL);
  return 0;
}
