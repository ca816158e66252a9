// Everything that single-stepping could show a program, or break: the trap flag in what pushf, syscall and signal
// frames store, its own trap flag and int3, blocked SIGTRAP, handlers, rep, the vDSO, fork. Checks itself.
//
//   step_subject                "ready BEGIN END": the addresses of a loop of 3001 instructions; then, for a line of
//                               input, all of it once, and "ok"
#include "tracee.h"

#ifdef __x86_64__
#define WORD "q"
#define STACK "%%rsp"
#else
#define WORD "l"
#define STACK "%%esp"
#endif

#define TRAP_FLAG 0x100ul
#define LOOP_ROUNDS 1000

extern char loop_begin[], loop_end[];
static volatile sig_atomic_t traps, users;

static void on_trap(int signal) {
  (void)signal;
  traps++;
}
static void on_user(int signal) {
  (void)signal;
  users++;
}

__attribute__((noinline)) static void counted_loop(void) {
  __asm__ volatile(
      ".globl loop_begin\nloop_begin:\n"
      "  mov %0, %%ecx\n"
      "1: dec %%ecx\n"
      "  nop\n"
      "  jnz 1b\n"
      ".globl loop_end\nloop_end:\n"
      "  nop\n" ::"i"(LOOP_ROUNDS)
      : "ecx", "cc");
}

static void check_flags(void) {
  unsigned long flags, shadowed;
  for (int i = 0; i < 20; i++) {
    __asm__ volatile("pushf\n pop %0" : "=r"(flags));
    CHECK((flags & TRAP_FLAG) == 0);
    // The step of `mov ss` ends behind the pushf.
    __asm__ volatile("mov %%ss, %%ecx\n mov %%ecx, %%ss\n pushf\n pop %0" : "=r"(shadowed) : : "ecx");
    CHECK((shadowed & TRAP_FLAG) == 0);
    __asm__ volatile("pushf\n popf\n pushf\n pop %0" : "=r"(flags) : : "cc");
    CHECK((flags & TRAP_FLAG) == 0);
  }
}

static void check_system_calls(void) {
#ifdef __x86_64__
  for (int i = 0; i < 10; i++) {
    unsigned long stored, result;
    __asm__ volatile("syscall\n mov %%r11, %1" : "=a"(result), "=r"(stored) : "a"(SYS_getpid) : "rcx", "r11", "memory");
    CHECK((pid_t)result == getpid());
    CHECK((stored & TRAP_FLAG) == 0);
  }
#else
  for (int i = 0; i < 10; i++) {
    unsigned long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(SYS_getpid) : "memory");
    CHECK((pid_t)result == getpid());
  }
#endif
}

static void check_own_traps(void) {
  struct sigaction action = {.sa_handler = on_trap};
  CHECK(sigaction(SIGTRAP, &action, NULL) == 0);
  __asm__ volatile("int3");
  CHECK(traps == 1);
  traps = 0;
  // Six instructions are executed with the flag set; the trap of the last comes when it is clear again.
  __asm__ volatile("pushf\n or" WORD " $0x100, (" STACK ")\n popf\n nop\n nop\n nop\n pushf\n and" WORD
                   " $~0x100, (" STACK ")\n popf" ::
                       : "cc", "memory");
  CHECK(traps == 6);
}

static void check_signals(void) {
  struct sigaction action = {.sa_handler = on_user};
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  for (int i = 0; i < 5; i++) CHECK(raise(SIGUSR1) == 0);
  CHECK(users == 5);
  sigset_t all, before, now;
  sigfillset(&all);
  CHECK(sigprocmask(SIG_SETMASK, &all, &before) == 0);
  CHECK(sigismember(&before, SIGTRAP) == 0);
  for (volatile int i = 0; i < 10; i++) continue;
  CHECK(sigprocmask(SIG_SETMASK, NULL, &now) == 0);
  CHECK(sigismember(&now, SIGTRAP) == 1);
  sigdelset(&all, SIGUSR1);
  CHECK(raise(SIGUSR1) == 0);
  CHECK(sigsuspend(&all) == -1 && errno == EINTR);
  CHECK(users == 6);
  CHECK(sigprocmask(SIG_SETMASK, &before, &now) == 0);
  CHECK(sigismember(&now, SIGTRAP) == 1);
  struct sigaction trap;
  CHECK(sigaction(SIGTRAP, NULL, &trap) == 0 && trap.sa_handler == on_trap);
}

static void check_the_rest(void) {
  char from[100], to[100] = "";
  for (int i = 0; i < 100; i++) from[i] = (char)i;
  void *source = from, *target = to;
  unsigned long count = sizeof to;
  __asm__ volatile("rep movsb" : "+S"(source), "+D"(target), "+c"(count) : : "memory");
  CHECK(memcmp(from, to, sizeof to) == 0);
  const int64_t earlier = now_ns();
  CHECK(now_ns() >= earlier);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) {
    die_with_parent(parent);
    _exit(7);
  }
  expect_exit(child, 7);
}

int main(void) {
  say("ready %lx %lx", (unsigned long)loop_begin, (unsigned long)loop_end);
  if (!wait_for_input()) return 0;
  counted_loop();
  check_flags();
  check_system_calls();
  check_own_traps();
  check_signals();
  check_the_rest();
  say("ok %d", (int)users);
  return 0;
}
