// Calls one function COUNT times, and prints the nanoseconds that a call took.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

__attribute__((noinline)) long called_function(long a) {
  __asm__ volatile("" ::: "memory");
  return a + 1;
}

int main(int argc, char** argv) {
  const long count = argc > 1 ? atol(argv[1]) : 10000;
  struct timespec begin, end;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  for (long i = 0; i < count; i++) called_function(i);
  clock_gettime(CLOCK_MONOTONIC, &end);
  const double ns = (double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec);
  printf("ns %.1f\n", ns / (double)count);
  return 0;
}
