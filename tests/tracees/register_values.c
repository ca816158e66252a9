// Has known values in every register while it spins, and prints what it has afterwards.
//
//   register_values     "ready"; spins until a line of input; then a line "NAME HEX" for each register, in the order of
//                       struct values, and "ok". Value number i of a kind is made of bytes (i * 37 + place * 11 + kind).
#include "tracee.h"

#include <stddef.h>

// At addresses that instructions can name in both ABIs.
#define IN 0x20000000
#define OUT 0x20010000
#define FLAG 0x20020000
#define KEPT 0x20020008
#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

#ifdef __x86_64__
#define GENERAL 16
#define VECTORS 32
#define LEGACY_VECTORS 16
#else
#define GENERAL 8
#define VECTORS 8
#define LEGACY_VECTORS 8
#endif

struct values {
  uint64_t general[16];
  uint8_t vectors[32][64];
  uint64_t masks[8];
  uint8_t floats[8][16];  // ten bytes each
  uint32_t mxcsr;
  uint32_t control;
  uint64_t flags;
};
#define GENERAL_AT 0
#define VECTORS_AT 128
#define MASKS_AT 2176
#define FLOATS_AT 2240
#define MXCSR_AT 2368
#define CONTROL_AT 2372
#define FLAGS_AT 2376

static struct values* const in = (struct values*)IN;
static struct values* const out = (struct values*)OUT;
static volatile uint32_t* const flag = (uint32_t*)FLAG;

#define EACH8(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
#define EACH8_HIGH(X) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)
#define EACH16_TOP(X) X(16) X(17) X(18) X(19) X(20) X(21) X(22) X(23) X(24) X(25) X(26) X(27) X(28) X(29) X(30) X(31)

#define AT(base, member, i, size) TEXT(base) "+" TEXT(member) "+" TEXT(i) "*" TEXT(size)
#define LOAD_Z(i) "vmovdqu64 " AT(IN, VECTORS_AT, i, 64) ", %zmm" #i "\n"
#define SAVE_Z(i) "vmovdqu64 %zmm" #i ", " AT(OUT, VECTORS_AT, i, 64) "\n"
#define LOAD_Y(i) "vmovdqu " AT(IN, VECTORS_AT, i, 64) ", %ymm" #i "\n"
#define SAVE_Y(i) "vmovdqu %ymm" #i ", " AT(OUT, VECTORS_AT, i, 64) "\n"
#define LOAD_X(i) "movdqu " AT(IN, VECTORS_AT, i, 64) ", %xmm" #i "\n"
#define SAVE_X(i) "movdqu %xmm" #i ", " AT(OUT, VECTORS_AT, i, 64) "\n"
#define LOAD_K(i) "kmovq " AT(IN, MASKS_AT, i, 8) ", %k" #i "\n"
#define SAVE_K(i) "kmovq %k" #i ", " AT(OUT, MASKS_AT, i, 8) "\n"
#define SAVE_F(i) "fstpt " AT(OUT, FLOATS_AT, i, 16) "\n"

#ifdef __x86_64__
#define EACH_LEGACY(X) EACH8(X) EACH8_HIGH(X)
#define EACH_Z(X) EACH8(X) EACH8_HIGH(X) EACH16_TOP(X)
#define WIDTH "q"
#define SAVE_FLAGS "pushfq\n popq " TEXT(OUT) "+" TEXT(FLAGS_AT) "\n"
#define PUSH_ALL "push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n"
#define POP_ALL "pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n"
#define EACH_GENERAL(X)                                                                                            \
  X(rax, 0) X(rbx, 1) X(rcx, 2) X(rdx, 3) X(rsi, 4) X(rdi, 5) X(rbp, 6) X(r8, 8) X(r9, 9) X(r10, 10) X(r11, 11) \
  X(r12, 12) X(r13, 13) X(r14, 14) X(r15, 15)
#else
#define EACH_LEGACY(X) EACH8(X)
#define EACH_Z(X) EACH8(X)
#define WIDTH "l"
#define SAVE_FLAGS "pushfl\n popl " TEXT(OUT) "+" TEXT(FLAGS_AT) "\n"
#define PUSH_ALL "push %ebx\n push %ebp\n push %esi\n push %edi\n"
#define POP_ALL "pop %edi\n pop %esi\n pop %ebp\n pop %ebx\n"
#define EACH_GENERAL(X) X(eax, 0) X(ebx, 1) X(ecx, 2) X(edx, 3) X(esi, 4) X(edi, 5) X(ebp, 6)
#endif
#define LOAD_G(name, i) "mov" WIDTH " " AT(IN, GENERAL_AT, i, 8) ", %" #name "\n"
#define SAVE_G(name, i) "mov" WIDTH " %" #name ", " AT(OUT, GENERAL_AT, i, 8) "\n"

// 7 is loaded first, so that it ends up as st7.
#define LOAD_FLOATS                                                                                        \
  "fldt " AT(IN, FLOATS_AT, 7, 16) "\n fldt " AT(IN, FLOATS_AT, 6, 16) "\n fldt " AT(IN, FLOATS_AT, 5, 16) \
  "\n fldt " AT(IN, FLOATS_AT, 4, 16) "\n fldt " AT(IN, FLOATS_AT, 3, 16) "\n fldt " AT(IN, FLOATS_AT, 2, 16) \
  "\n fldt " AT(IN, FLOATS_AT, 1, 16) "\n fldt " AT(IN, FLOATS_AT, 0, 16) "\n"
#define SPIN(name, load_vectors, save_vectors)                                                                    \
  void name(void);                                                                                                \
  __asm__(".text\n" #name ":\n" PUSH_ALL "stmxcsr " TEXT(KEPT) "\n fninit\n" LOAD_FLOATS "fldcw " TEXT(IN) "+" TEXT( \
      CONTROL_AT) "\n ldmxcsr " TEXT(IN) "+" TEXT(MXCSR_AT) "\n" load_vectors EACH_GENERAL(LOAD_G)                \
      "1: cmpl $0, " TEXT(FLAG) "\n je 1b\n" SAVE_FLAGS "cld\n" EACH_GENERAL(SAVE_G) save_vectors "stmxcsr " TEXT(  \
      OUT) "+" TEXT(MXCSR_AT) "\n fnstcw " TEXT(OUT) "+" TEXT(CONTROL_AT) "\n" EACH8(SAVE_F) "fninit\n ldmxcsr " TEXT( \
      KEPT) "\n" POP_ALL "ret\n")

SPIN(spin_sse, EACH_LEGACY(LOAD_X), EACH_LEGACY(SAVE_X));
SPIN(spin_avx, EACH_LEGACY(LOAD_Y), EACH_LEGACY(SAVE_Y) "vzeroupper\n");
SPIN(spin_avx512, EACH_Z(LOAD_Z) EACH8(LOAD_K), EACH_Z(SAVE_Z) EACH8(SAVE_K) "vzeroupper\n");

static void fill(void* to, size_t size, int i, int kind) {
  for (size_t place = 0; place < size; place++) ((uint8_t*)to)[place] = (uint8_t)(i * 37 + (int)place * 11 + kind);
}

static void* await_input(void* unused) {
  (void)unused;
  wait_for_input();
  *flag = 1;
  return NULL;
}

static void print(const char* kind, int i, const void* bytes, size_t size) {
  char text[200];
  int n = snprintf(text, sizeof text, i < 0 ? "%s " : "%s%d ", kind, i);
  for (size_t at = size; at-- > 0;) n += snprintf(text + n, sizeof text - (size_t)n, "%02x", ((const uint8_t*)bytes)[at]);
  say("%s", text);
}

int main(void) {
  CHECK(offsetof(struct values, vectors) == VECTORS_AT && offsetof(struct values, masks) == MASKS_AT);
  CHECK(offsetof(struct values, floats) == FLOATS_AT && offsetof(struct values, mxcsr) == MXCSR_AT);
  CHECK(offsetof(struct values, control) == CONTROL_AT && offsetof(struct values, flags) == FLAGS_AT);
  CHECK(mmap((void*)IN, 0x30000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == in);
  for (int i = 0; i < 16; i++) fill(&in->general[i], sizeof(long), i, 1);
  for (int i = 0; i < 32; i++) fill(in->vectors[i], 64, i, 2);
  for (int i = 0; i < 8; i++) fill(&in->masks[i], 8, i, 3);
  for (int i = 0; i < 8; i++) {
    const long double value = 1.25L * (i + 1);
    memcpy(in->floats[i], &value, 10);
  }
  in->mxcsr = 0x9f80;
  in->control = 0x27f;
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, await_input, NULL) == 0);
  const int has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
  const int has_avx = __builtin_cpu_supports("avx");
  say("ready %d", has_avx512 ? 512 : has_avx ? 256 : 128);
  if (has_avx512)
    spin_avx512();
  else if (has_avx)
    spin_avx();
  else
    spin_sse();
  for (int i = 0; i < GENERAL; i++)
    if (i != 7) print("general", i, &out->general[i], sizeof(long));
  const size_t width = has_avx512 ? 64 : has_avx ? 32 : 16;
  for (int i = 0; i < (has_avx512 ? VECTORS : LEGACY_VECTORS); i++) print("vector", i, out->vectors[i], width);
  for (int i = 0; i < 8 && has_avx512; i++) print("mask", i, &out->masks[i], 8);
  for (int i = 0; i < 8; i++) print("float", i, out->floats[i], 10);
  print("mxcsr", -1, &out->mxcsr, 4);
  print("control", -1, &out->control, 2);
  print("flags", -1, &out->flags, 4);
  say("ok");
  return 0;
}
