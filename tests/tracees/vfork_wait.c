// A vfork whose child does not exec before standard input ends: meanwhile the parent stands in the kernel, where no tracer can stop it (vfork(2)).
// Must be true: the child's write to the parent's memory is there, its status arrives.
#include "tracee.h"

extern char** environ;

int main(int argc, char** argv) {
  if (argc > 1) return 21;
  volatile int borrowed = 0;
  char* arguments[] = {argv[0], (char*)"child", NULL};
  const pid_t child = vfork();
  CHECK(child >= 0);
  if (child == 0) {
    char c;
    static const char ready[] = "ready\n";
    if (write(1, ready, 6) != 6 || read(0, &c, 1) != 0) _exit(1);
    borrowed = 42;
    execve("/proc/self/exe", arguments, environ);
    _exit(126);
  }
  CHECK(borrowed == 42);
  expect_exit(child, 21);
  say("tasks 2");
  say("ended exited 21 1");
  say("ok");
  return 0;
}
