// Threads that call one function as fast as they can, under a storm of signals whose handlers call it, too: for who sets
// breakpoints on called_function.
//
//   breakpoint_calls ROUNDS [OPTION...]     ROUNDS of each thread; 0: until standard input ends
//     fork       the main thread makes children in every way: their copies of the code must be clean
//     planted    it may end with breakpoints in its code (it was launched with them)
//
//   ready
//   calls COUNT     of called_function, in all tasks that share the memory
//   ok              no handler saw code that is not the program's, no child had a breakpoint, and, unless planted, code
//                   and mappings are as at the beginning
#include "tracee.h"

#include <spawn.h>
#include <ucontext.h>

#define THREADS 5
#define MAX_RANGES 64

extern char** environ;

struct range {
  unsigned long start, end, offset;
};

static _Thread_local long* own_calls;
static long calls[THREADS + 1];
static pthread_t threads[THREADS];
static pthread_barrier_t begun;
static volatile int is_over;
static long rounds;
static struct range code[MAX_RANGES];  // that may be executed
static int code_ranges;
static struct range own_code;
static char* original;  // what own_code is in the file
volatile int watched_counter;

/// One instruction counts: a handler in between would lose calls.
__attribute__((noinline)) long called_function(long a) {
#ifdef __x86_64__
  __asm__ volatile("incq %0" : "+m"(*own_calls));
#else
  __asm__ volatile("incl %0" : "+m"(*own_calls));
#endif
  return a * 3 + 1;
}

/// What may be executed, without the memory of anybody's that has no name.
static int read_code(struct range* ranges) {
  FILE* maps = fopen("/proc/self/maps", "re");
  CHECK(maps != NULL);
  char line[512], permissions[5], path[256];
  int count = 0;
  while (fgets(line, sizeof line, maps) != NULL) {
    struct range r;
    path[0] = 0;
    CHECK(sscanf(line, "%lx-%lx %4s %lx %*s %*s %255s", &r.start, &r.end, permissions, &r.offset, path) >= 4);
    if (permissions[2] != 'x' || path[0] == 0) continue;
    CHECK(count < MAX_RANGES);
    ranges[count++] = r;
  }
  fclose(maps);
  return count;
}

static int has_nameless_code(void) {
  int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  CHECK(fd >= 0);
  static char text[65536];
  size_t size = 0;
  for (ssize_t n; (n = read(fd, text + size, sizeof text - 1 - size)) > 0;) size += (size_t)n;
  close(fd);
  text[size] = 0;
  int found = 0;
  for (char* line = text; *line != 0;) {
    char* end = strchr(line, '\n');
    *end = 0;
    const char* permissions = strchr(line, ' ') + 1;
    if (permissions[2] == 'x' && strchr(line, '/') == NULL && strchr(line, '[') == NULL) found = 1;
    line = end + 1;
  }
  return found;
}

static void read_original(void) {
  for (int i = 0; i < code_ranges; i++)
    if (code[i].start <= (uintptr_t)called_function && (uintptr_t)called_function < code[i].end) own_code = code[i];
  CHECK(own_code.end != 0);
  const size_t size = own_code.end - own_code.start;
  const int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  original = malloc(size);
  CHECK(fd >= 0 && original != NULL);
  CHECK(pread(fd, original, size, (off_t)own_code.offset) == (ssize_t)size);
  close(fd);
}

static int is_own_code_clean(void) {
  return memcmp((void*)own_code.start, original, own_code.end - own_code.start) == 0;
}

static void handler(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)info;
#ifdef __x86_64__
  const uintptr_t pc = (uintptr_t)((ucontext_t*)context)->uc_mcontext.gregs[REG_RIP];
#else
  const uintptr_t pc = (uintptr_t)((ucontext_t*)context)->uc_mcontext.gregs[REG_EIP];
#endif
  int is_known = 0;
  for (int i = 0; i < code_ranges; i++) is_known |= code[i].start <= pc && pc < code[i].end;
  CHECK(is_known);
  if (own_calls != NULL) CHECK(called_function(7) == 22);
}

static void* call_on(void* number) {
  own_calls = &calls[(long)number];
  pthread_barrier_wait(&begun);
  for (long i = 0; rounds != 0 ? i < rounds : !is_over; i++) {
    CHECK(called_function(i) == i * 3 + 1);
    if ((i & 0xff) == 0) sched_yield();
  }
  while (!is_over) sched_yield();
  return NULL;
}

static void* send_signals(void* unused) {
  (void)unused;
  unsigned random = 1;
  while (!is_over) {
    random = random * 1103515245 + 12345;
    pthread_kill(threads[(random >> 16) % THREADS], (random >> 20) & 1 ? SIGUSR1 : SIGRTMIN + 1);
    const struct timespec time = {.tv_nsec = 200000};
    nanosleep(&time, NULL);
  }
  return NULL;
}

static int check_child(void* unused) {
  (void)unused;
  const int is_clean = is_own_code_clean() && !has_nameless_code();
  for (long i = 0; i < 3; i++) CHECK(called_function(i) == i * 3 + 1);
  _exit(is_clean ? 0 : 7);
}

static int call_and_leave(void* unused) {
  (void)unused;
  CHECK(called_function(1) == 4);
  _exit(0);
}

static void make_children(void) {
  static char stack[65536] __attribute__((aligned(16)));
  sigset_t all, former;  // what runs in a child that shares the memory must not be a handler of ours
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &former);
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) check_child(NULL);
  expect_exit(child, 0);
  child = vfork();
  if (child == 0) {
    called_function(2);
    _exit(0);
  }
  expect_exit(child, 0);
  child = clone(call_and_leave, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL);
  CHECK(child > 0);
  expect_exit(child, 0);
  char* argv[] = {(char*)"true", NULL};
  CHECK(posix_spawn(&child, "/bin/true", NULL, NULL, argv, environ) == 0);
  expect_exit(child, 0);
  sigprocmask(SIG_SETMASK, &former, NULL);
}

int main(int argc, char** argv) {
  int makes_children = 0, is_planted = 0;
  rounds = argc > 1 ? atol(argv[1]) : 0;
  for (int i = 2; i < argc; i++) {
    makes_children |= strcmp(argv[i], "fork") == 0;
    is_planted |= strcmp(argv[i], "planted") == 0;
  }
  code_ranges = read_code(code);
  read_original();
  own_calls = &calls[THREADS];
  const struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART};
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0 && sigaction(SIGRTMIN + 1, &action, NULL) == 0);
  CHECK(pthread_barrier_init(&begun, NULL, THREADS + 1) == 0);
  for (long i = 0; i < THREADS; i++) CHECK(pthread_create(&threads[i], NULL, call_on, (void*)i) == 0);
  pthread_barrier_wait(&begun);
  pthread_t sender;
  CHECK(pthread_create(&sender, NULL, send_signals, NULL) == 0);
  say("ready");
  struct rounds own = {.limit = rounds};
  while (more(&own)) {
    watched_counter++;
    if (makes_children)
      make_children();
    else
      sched_yield();
  }
  if (rounds != 0)
    for (int i = 0; i < THREADS; i++)
      while (__atomic_load_n(&calls[i], __ATOMIC_RELAXED) < rounds) sched_yield();
  is_over = 1;
  CHECK(pthread_join(sender, NULL) == 0);
  for (int i = 0; i < THREADS; i++) CHECK(pthread_join(threads[i], NULL) == 0);
  long sum = 0;
  for (int i = 0; i <= THREADS; i++) sum += calls[i];
  say("calls %ld", sum);
  if (!is_planted) CHECK(is_own_code_clean() && !has_nameless_code());
  say("ok");
  return 0;
}
