// A known chain of calls that stands still in a read of standard input; at its end it finishes. Must be true: nothing
// but that the process goes on as if nobody had looked. Its functions are never inlined, except `inlined_step`.
//   call_chain plain DEPTH     main, outer, DEPTH times recurse, inlined_step in last_step, read
//   call_chain signal DEPTH    the same, and there the handler of SIGUSR1 reads
//   call_chain wild DEPTH      the same, and there a call to address 16 is caught by a handler of SIGSEGV, which reads
//   call_chain threads COUNT   COUNT threads in thread_body, inner_wait, read of a pipe of their own
#include "tracee.h"

#define NOINLINE __attribute__((noinline, noclone))

volatile int call_chain_counter = 7;
static const char* mode;
static int arrived[2];

NOINLINE void stand_still(void) {
  say("ready");
  while (wait_for_input()) say("served");
  call_chain_counter++;
}

NOINLINE void handle(int signal) {
  call_chain_counter += signal;
  stand_still();
  call_chain_counter++;
  if (signal == SIGSEGV) _exit(0);  // there is nothing to return to
}

static inline __attribute__((always_inline)) void inlined_step(void) {
  if (strcmp(mode, "signal") == 0)
    raise(SIGUSR1);
  else if (strcmp(mode, "wild") == 0)
    ((void (*)(void))(uintptr_t)16)();
  else
    stand_still();
  call_chain_counter++;
}

NOINLINE void last_step(void) {
  inlined_step();
  call_chain_counter++;
}

NOINLINE void recurse(int depth) {
  if (depth == 0)
    last_step();
  else
    recurse(depth - 1);
  call_chain_counter++;
}

NOINLINE void outer(int depth) {
  recurse(depth);
  call_chain_counter++;
}

NOINLINE void inner_wait(int fd) {
  char c = 0;
  write_all(arrived[1], &c, 1);
  while (read(fd, &c, 1) > 0) call_chain_counter++;
  call_chain_counter++;
}

NOINLINE void* thread_body(void* argument) {
  inner_wait((int)(intptr_t)argument);
  call_chain_counter++;
  return NULL;
}

NOINLINE void wait_with_threads(int count) {
  pthread_t* threads = calloc((size_t)count, sizeof *threads);
  int* ends = calloc((size_t)count, sizeof *ends);
  CHECK(threads != NULL && ends != NULL && pipe(arrived) == 0);
  for (int i = 0; i < count; ++i) {
    int fds[2];
    CHECK(pipe(fds) == 0);
    ends[i] = fds[1];
    CHECK(pthread_create(&threads[i], NULL, thread_body, (void*)(intptr_t)fds[0]) == 0);
  }
  for (int i = 0; i < count; ++i) {
    char c;
    read_all(arrived[0], &c, 1);
  }
  stand_still();
  for (int i = 0; i < count; ++i) close(ends[i]);
  for (int i = 0; i < count; ++i) CHECK(pthread_join(threads[i], NULL) == 0);
}

#ifdef HAS_LINES
/// A line whose code begins with an instruction that is no statement of it, as optimised code has it.
NOINLINE void late_statement(void) {
  __asm__ volatile(
      ".loc 1 90000 0 is_stmt 0\n  nop\n  .loc 1 90000 0 is_stmt 1\n"
      ".globl late_statement_at\nlate_statement_at:\n  nop\n");
}
#endif

int main(int argc, char** argv) {
  mode = argc > 1 ? argv[1] : "plain";
  const int number = argc > 2 ? atoi(argv[2]) : 3;
  signal(SIGUSR1, handle);
  signal(SIGSEGV, handle);
  if (strcmp(mode, "threads") == 0)
    wait_with_threads(number);
  else
    outer(number);
  say("ok");
  return 0;
}
