// A counter that is counted up in a restartable sequence (rseq(2)), as per-CPU counters are, and how often a sequence
// was aborted and begun again.
//
//   restartable                 "ready END", the address where a round of all is over; or "no rseq"
//   declared N, hidden N        counts N times; answers "counted N aborts COUNT". The descriptor of the first lies
//   where
//                               librseq puts it (section __rseq_cs), that of the other somewhere
#include <stddef.h>
#include <sys/rseq.h>

#include "tracee.h"

#ifdef __x86_64__
#define ADDRESSES ".quad 1f, 2f - 1f, 4f\n"
#else
#define ADDRESSES ".long 1f, 0, 2f - 1f, 0, 4f, 0\n"
#endif

// The store says that the sequence begins, and must come right before it; the number before the abort handler is the
// one with which glibc has registered. PREFIX_store, _start, _middle and _end are for who sets breakpoints.
#define TRY_COUNT(prefix, section)                                                                                   \
  extern char prefix##_descriptor[];                                                                                 \
  __attribute__((noinline, noclone)) static int try_##prefix(unsigned long* rseq_cs, unsigned long* count) {         \
    int done = 0;                                                                                                    \
    unsigned long scratch;                                                                                           \
    __asm__ volatile(".pushsection " section ", \"aw\"\n.balign 32\n.globl " #prefix "_descriptor\n" #prefix         \
                     "_descriptor:\n  .long 0, 0\n" ADDRESSES                                                        \
                     ".popsection\n"                                                                                 \
                     ".globl " #prefix "_store, " #prefix "_start, " #prefix "_middle, " #prefix                     \
                     "_end\n"                                                                                        \
                     ".type " #prefix "_store, @function\n.type " #prefix                                            \
                     "_start, @function\n"                                                                           \
                     ".type " #prefix "_middle, @function\n" #prefix "_store:\n  mov %[descriptor], %[cs]\n" #prefix \
                     "_start:\n1: mov %[count], %[scratch]\n"                                                        \
                     "  add $1, %[scratch]\n"                                                                        \
                     "  js 3f\n" #prefix "_middle:\n  mov %[scratch], %[count]\n" #prefix                            \
                     "_end:\n2: mov $1, %[done]\n"                                                                   \
                     "3: jmp 5f\n"                                                                                   \
                     "  .byte 0x0f, 0xb9, 0x3d\n  .long 0x53053053\n"                                                \
                     "4: nop\n"                                                                                      \
                     "5:\n"                                                                                          \
                     : [cs] "+m"(*rseq_cs), [count] "+m"(*count), [done] "+r"(done), [scratch] "=&r"(scratch)        \
                     : [descriptor] "r"(prefix##_descriptor)                                                         \
                     : "memory", "cc");                                                                              \
    return done;                                                                                                     \
  }
TRY_COUNT(declared, "__rseq_cs")
TRY_COUNT(hidden, ".data")

__attribute__((noinline)) static void round_is_over(void) {
  __asm__ volatile("");
}

int main(void) {
  if (__rseq_size == 0) {
    say("no rseq");
    return 0;
  }
  char* area = (char*)__builtin_thread_pointer() + __rseq_offset;
  unsigned long* rseq_cs = (unsigned long*)(area + offsetof(struct rseq, rseq_cs));
  say("ready %lx", (unsigned long)round_is_over);
  char line[64], which[16];
  while (fgets(line, sizeof line, stdin) != NULL) {
    unsigned long wanted, count = 0, aborts = 0;
    CHECK(sscanf(line, "%15s %lu", which, &wanted) == 2);
    for (unsigned long i = 0; i < wanted; i++)
      while (!(which[0] == 'd' ? try_declared : try_hidden)(rseq_cs, &count)) aborts++;
    CHECK(count == wanted);
    round_is_over();
    say("counted %lu aborts %lu", count, aborts);
  }
  say("ok");
  return 0;
}
