// Stands in a handler on a small alternate stack (sigaltstack(2)) with memory of its own below it. Must be true at the
// end: nothing of that memory has changed, although functions that need more room than the stack has were called here.
//   small_stack           prints "ready" in the handler; at the end of its input "ok"
#include "tracee.h"

enum { kBelow = 256 * 1024, kStack = 24 * 1024, kDeep = 48 * 1024, kUntouched = 0x5a };

static struct {
  unsigned char below[kBelow];
  unsigned char stack[kStack] __attribute__((aligned(16)));
} area;

__attribute__((noinline, used, externally_visible)) int use_stack(void) {
  volatile unsigned char deep[kDeep];
  int sum = 0;
  for (int i = 0; i < kDeep; i += 64) deep[i] = (unsigned char)i;
  for (int i = 0; i < kDeep; i += 64) sum += deep[i] == (unsigned char)i;
  return sum;
}

static void wait_here(int number) {
  (void)number;
  say("ready");
  while (wait_for_input() == 1) {
  }
}

int main(void) {
  memset(area.below, kUntouched, sizeof area.below);
  CHECK(sigaltstack(&(stack_t){.ss_sp = area.stack, .ss_size = sizeof area.stack}, NULL) == 0);
  CHECK(sigaction(SIGUSR1, &(struct sigaction){.sa_handler = wait_here, .sa_flags = SA_ONSTACK}, NULL) == 0);
  CHECK(raise(SIGUSR1) == 0);
  for (int i = 0; i < kBelow; ++i) CHECK(area.below[i] == kUntouched);
  say("ok");
  return 0;
}
