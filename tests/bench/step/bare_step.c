// The least that stepping can cost: PTRACE_SINGLESTEP and waitpid, and nothing else.
//   bare_step STEPS PROGRAM [ARGUMENT...]      steps it from its first instruction, kills it, and prints "ns TOTAL"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    execv(argv[2], argv + 2);
    _exit(127);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) return 1;
  const double begin = now();
  for (long left = atol(argv[1]); left > 0; --left) {
    if (ptrace(PTRACE_SINGLESTEP, child, 0, 0) != 0 || waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) return 1;
  }
  printf("ns %.0f\n", now() - begin);
  kill(child, SIGKILL);
  return 0;
}
