#pragma once
// checked_call: a system call before which the registers are filled and after which they are compared. A call that has been blocked for an hour must leave
// all of them as they were, but for the result (and rcx and r11, which the instruction itself uses).
//
// x86-64 uses `syscall`; i386 what the vDSO offers (AT_SYSINFO, in glibc at %gs:0x10), as the C library does.

#include "../tracee.h"

struct call_frame {
#ifdef __x86_64__
  uint64_t general[16];  // rax rbx rcx rdx rsi rdi rbp r8 … r15, and one unused
  unsigned char vectors[16][16];
#else
  uint32_t general[8];  // eax ebx ecx edx esi edi ebp, and one unused
  unsigned char vectors[8][16];
#endif
  unsigned char x87[2][16];
  uint32_t mxcsr, unused[3];
};

/// Makes the call that `before` describes, and fills `after`.
void make_checked_call(const struct call_frame* before, struct call_frame* after);
extern const char checked_call_end[];

#ifdef __x86_64__
__asm__(
    ".pushsection .text\n"
    ".type make_checked_call, @function\n"
    "make_checked_call:\n"
    "  push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
    "  push %rsi\n"
    "  mov %rdi, %rax\n"
    "  ldmxcsr 416(%rax)\n"
    "  .irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
    "  movdqu 128+16*\\n(%rax), %xmm\\n\n"
    "  .endr\n"
    "  fldt 384(%rax); fldt 400(%rax)\n"
    "  mov 8(%rax), %rbx; mov 24(%rax), %rdx; mov 32(%rax), %rsi; mov 40(%rax), %rdi; mov 48(%rax), %rbp\n"
    "  mov 56(%rax), %r8; mov 64(%rax), %r9; mov 72(%rax), %r10; mov 88(%rax), %r12; mov 96(%rax), %r13\n"
    "  mov 104(%rax), %r14; mov 112(%rax), %r15\n"
    "  mov (%rax), %rax\n"
    "  syscall\n"
    "checked_call_end:\n"
    "  xchg %rax, (%rsp)\n"
    "  mov %rbx, 8(%rax); mov %rcx, 16(%rax); mov %rdx, 24(%rax); mov %rsi, 32(%rax); mov %rdi, 40(%rax); mov %rbp, 48(%rax)\n"
    "  mov %r8, 56(%rax); mov %r9, 64(%rax); mov %r10, 72(%rax); mov %r11, 80(%rax); mov %r12, 88(%rax); mov %r13, 96(%rax)\n"
    "  mov %r14, 104(%rax); mov %r15, 112(%rax)\n"
    "  .irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
    "  movdqu %xmm\\n, 128+16*\\n(%rax)\n"
    "  .endr\n"
    "  fstpt 400(%rax); fstpt 384(%rax)\n"
    "  stmxcsr 416(%rax)\n"
    "  pop %rcx\n"
    "  mov %rcx, (%rax)\n"
    "  pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
    "  ret\n"
    ".popsection\n");
enum { kArgumentAt0 = 5, kArgumentAt1 = 4, kArgumentAt2 = 3, kArgumentAt3 = 9, kArgumentAt4 = 7, kArgumentAt5 = 8 };
#else
__asm__(
    ".pushsection .text\n"
    ".type make_checked_call, @function\n"
    "make_checked_call:\n"
    "  mov 4(%esp), %eax\n"
    "  mov 8(%esp), %ecx\n"
    "  push %ebx; push %ebp; push %esi; push %edi\n"
    "  push %ecx\n"
    "  ldmxcsr 192(%eax)\n"
    "  .irp n,0,1,2,3,4,5,6,7\n"
    "  movdqu 32+16*\\n(%eax), %xmm\\n\n"
    "  .endr\n"
    "  fldt 160(%eax); fldt 176(%eax)\n"
    "  mov 4(%eax), %ebx; mov 8(%eax), %ecx; mov 12(%eax), %edx; mov 16(%eax), %esi; mov 20(%eax), %edi; mov 24(%eax), %ebp\n"
    "  mov (%eax), %eax\n"
    "  call *%gs:0x10\n"
    "checked_call_end:\n"
    "  xchg %eax, (%esp)\n"
    "  mov %ebx, 4(%eax); mov %ecx, 8(%eax); mov %edx, 12(%eax); mov %esi, 16(%eax); mov %edi, 20(%eax); mov %ebp, 24(%eax)\n"
    "  .irp n,0,1,2,3,4,5,6,7\n"
    "  movdqu %xmm\\n, 32+16*\\n(%eax)\n"
    "  .endr\n"
    "  fstpt 176(%eax); fstpt 160(%eax)\n"
    "  stmxcsr 192(%eax)\n"
    "  pop %ecx\n"
    "  mov %ecx, (%eax)\n"
    "  pop %edi; pop %esi; pop %ebp; pop %ebx\n"
    "  ret\n"
    ".popsection\n");
enum { kArgumentAt0 = 1, kArgumentAt1 = 2, kArgumentAt2 = 3, kArgumentAt3 = 4, kArgumentAt4 = 5, kArgumentAt5 = 6 };
#endif

/// The call's result as the kernel gives it: a value or -errno. Fails if any register came back different.
static UNUSED long checked_call(long number, long a, long b, long c, long d, long e, long f) {
  struct call_frame before = {.mxcsr = 0x7f80}, after;  // all exceptions masked, rounding toward zero
  for (unsigned i = 0; i < sizeof before.general / sizeof *before.general; ++i) before.general[i] = 0x51ab0000u + i * 0x101;
  for (unsigned i = 0; i < sizeof before.vectors / sizeof *before.vectors; ++i) memset(before.vectors[i], (int)(0x60 + i), 16);
  const long double reals[] = {3.25L, -1e300L};
  for (int i = 0; i < 2; ++i) memcpy(before.x87[i], &reals[i], 10);
  const long arguments[] = {a, b, c, d, e, f};
  const int places[] = {kArgumentAt0, kArgumentAt1, kArgumentAt2, kArgumentAt3, kArgumentAt4, kArgumentAt5};
  for (int i = 0; i < 6; ++i) before.general[places[i]] = (unsigned long)arguments[i];
  before.general[0] = (unsigned long)number;
  memset(&after, 0, sizeof after);
  make_checked_call(&before, &after);
  const uint32_t usual = 0x1f80;
  __asm__ volatile("ldmxcsr %0" : : "m"(usual));
  for (unsigned i = 1; i < sizeof before.general / sizeof *before.general - 1; ++i) {
#ifdef __x86_64__
    if (i == 2 || i == 10) continue;
#endif
    if (before.general[i] != after.general[i]) {
      say("register %u is %#llx after call %ld", i, (unsigned long long)after.general[i], number);
      CHECK(before.general[i] == after.general[i]);
    }
  }
#ifdef __x86_64__
  CHECK(after.general[2] == (uintptr_t)checked_call_end && (after.general[10] & 0x500) == 0);  // no trap flag, no direction flag
#endif
  CHECK(memcmp(before.vectors, after.vectors, sizeof before.vectors) == 0);
  for (int i = 0; i < 2; ++i) CHECK(memcmp(before.x87[i], after.x87[i], 10) == 0);
  CHECK((after.mxcsr & 0xffc0) == before.mxcsr);
  return (long)after.general[0];
}
