// A thread that is not the leader calls execve of this program again, some times over, while the leader and others are blocked. Must be true: the new
// program has the leader's id and one thread.
//   exec_from_thread [TIMES]
#include "tracee.h"

extern char** environ;
static char** next_argv;

static void* exec_here(void* unused) {
  (void)unused;
  syscall(SYS_getpgid, 0);
  execve("/proc/self/exe", next_argv, environ);
  _exit(126);
}
static void* block_here(void* unused) {
  for (;;) pause();
  return unused;
}

int main(int argc, char** argv) {
  // argv: TIMES [DONE PID]
  const long times = argc > 1 ? atol(argv[1]) : 3;
  const long done = argc > 2 ? atol(argv[2]) : 0;
  if (argc > 3) CHECK(atol(argv[3]) == getpid());
  CHECK(syscall(SYS_gettid) == getpid());
  if (done == times) {
    say("call " ABI " %d %ld", SYS_getpgid, times);
    say("tasks %ld", 1 + 2 * times);
    say("superseded %ld", times);
    say("ok");
    return 6;
  }
  char total[24], so_far[24], pid[24];
  snprintf(total, sizeof total, "%ld", times);
  snprintf(so_far, sizeof so_far, "%ld", done + 1);
  snprintf(pid, sizeof pid, "%d", (int)getpid());
  char* arguments[] = {argv[0], total, so_far, pid, NULL};
  next_argv = arguments;
  pthread_t blocked, execing;
  CHECK(pthread_create(&blocked, NULL, block_here, NULL) == 0);
  CHECK(pthread_create(&execing, NULL, exec_here, NULL) == 0);
  pthread_join(execing, NULL);
  return 1;
}
