// Functions to be called from outside, in a process that waits for input. Must be true at the end: errno of the thread and its floating point
// environment are as they were, and no handler ran.
//   callable            prints "ready"; at the end of its input "ok"
#include <fenv.h>

#include "tracee.h"

#define CALLABLE __attribute__((noinline, used, externally_visible))

CALLABLE int sum8(int a, int b, int c, int d, int e, int f, int g, int h) {
  return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h;
}
CALLABLE double mix(double a, int b, double c, int d) {
  return a + b + c * d;
}
CALLABLE float half_of(double x) {
  return (float)(x / 2);
}
CALLABLE long long big(void) {
  return 0x123456789abcdLL;
}
CALLABLE const char* greeting(void) {
  return "hello";
}
/// Its arguments begin at a multiple of 16, behind its return address and what it has saved of its caller's frame.
CALLABLE int is_stack_aligned(void) {
  return (((uintptr_t)__builtin_frame_address(0) + 2 * sizeof(void*)) & 15) == 0;
}
CALLABLE int spoil_errno(void) {
  errno = 5;
  fesetround(FE_UPWARD);
  return errno;
}
static int* volatile nowhere = NULL;
CALLABLE int fault(void) {
  return *nowhere;
}
static volatile int forever = 1;
CALLABLE int spin(void) {
  while (forever) {
  }
  return 0;
}
CALLABLE int block(void) {
  return poll(NULL, 0, -1);
}
/// By its name it holds an allocator's lock (jemalloc's functions begin so).
CALLABLE int je_block(void) {
  return poll(NULL, 0, -1) + 1;
}
CALLABLE int count_to(int limit) {
  int pipes[2];
  CHECK(pipe(pipes) == 0);
  for (int i = 0; i < limit; ++i) {
    char c = 'x';
    CHECK(write(pipes[1], &c, 1) == 1);
    CHECK(read(pipes[0], &c, 1) == 1);
  }
  close(pipes[0]);
  close(pipes[1]);
  return limit;
}

static void never(int number) {
  (void)number;
  CHECK(!"a handler ran");
}

int main(void) {
  signal(SIGSEGV, SIG_IGN);
  signal(SIGBUS, never);
  signal(SIGUSR1, never);
  errno = 77;
  say("ready");
  while (wait_for_input() == 1) {
  }
  CHECK(errno == 77);
  CHECK(fegetround() == FE_TONEAREST);
  say("ok");
  return 0;
}
