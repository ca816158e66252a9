// System call numbers that no table has: negative, huge, in the x32 range. Must be true: all of them fail with ENOSYS (the kernel looks at 32 bits of the number), and
// calls before and after are what they are.
#include "tracee.h"

int main(void) {
  static const long numbers[] = {-1, -2, 1023, 1024, 99999, 0x3fffffff, 0x40000001, 0x7fffffff, (long)0x80000000u,
                                 sizeof(long) == 8 ? (long)((1LL << 40) + 99999) : 5000};
  const long pgid = syscall(SYS_getpgid, 0);
  int count = 1;
  for (unsigned i = 0; i < sizeof numbers / sizeof numbers[0]; ++i) {
    CHECK(syscall(numbers[i], 1, 2, 3, 4, 5, 6) == -1 && errno == ENOSYS);
    CHECK(syscall(SYS_getpgid, 0) == pgid);
    ++count;
  }
  say("call " ABI " %d %d", SYS_getpgid, count);
  say("tasks 1");
  say("ok");
  return 0;
}
