// 64-bit code that enters the kernel by `int 0x80`, which serves it as i386, between calls by `syscall`. Must be true: both doors give their own tables' calls.
// Prints "skip" where the kernel has no i386 emulation.
#include "tracee.h"

#include <setjmp.h>

static long int80(long number) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(0L) : "r8", "r9", "r10", "r11", "memory");
  return result;
}

static sigjmp_buf no_such_door;
static void on_fault(int number) { siglongjmp(no_such_door, number); }

int main(void) {
  enum { kCalls = 25, kGetpgid32 = 132, kGetppid32 = 64 };
  signal(SIGSEGV, on_fault);
  if (sigsetjmp(no_such_door, 1) != 0) {
    say("skip this kernel has no i386 emulation");
    return 0;
  }
  for (int i = 0; i < kCalls; ++i) {
    CHECK(int80(kGetpgid32) == syscall(SYS_getpgid, 0));
    CHECK(int80(kGetppid32) == syscall(SYS_getppid));
  }
  say("call i386 %d %d", kGetpgid32, kCalls);
  say("call i386 %d %d", kGetppid32, kCalls);
  say("call x86_64 %d %d", SYS_getpgid, kCalls);
  say("call x86_64 %d %d", SYS_getppid, kCalls);
  say("tasks 1");
  say("ok");
  return 0;
}
