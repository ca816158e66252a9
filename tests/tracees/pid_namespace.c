// The first process of a new pid namespace and its children, whose ids inside differ from those that we and a tracer see. Must be true: pid 1 inside,
// pids 2 and 3 below it, a thread, an exec from that thread; statuses come out right. Prints "skip" where namespaces are not allowed.
#include "tracee.h"

extern char** environ;
static char* again[] = {"pid_namespace", "inner", NULL};

static void* exec_here(void* unused) {
  execve("/proc/self/exe", again, environ);
  return unused;
}

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "inner") == 0) {
    CHECK(getpid() == 3);
    return 13;
  }
  if (unshare(CLONE_NEWPID) != 0) {
    say("skip no pid namespaces: %s", strerror(errno));
    return 0;
  }
  const pid_t init = fork();
  CHECK(init >= 0);
  if (init == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    CHECK(getpid() == 1);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      CHECK(getpid() == 2 && getppid() == 1);
      syscall(SYS_getpgid, 0);
      _exit(12);
    }
    CHECK(child == 2);
    expect_exit(child, 12);
    child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      pthread_t thread;
      CHECK(pthread_create(&thread, NULL, exec_here, NULL) == 0);
      pthread_join(thread, NULL);
      _exit(1);
    }
    expect_exit(child, 13);
    _exit(11);
  }
  expect_exit(init, 11);
  say("call " ABI " %d 1", SYS_getpgid);
  say("tasks 5");
  say("superseded 1");
  say("ended exited 11 1");
  say("ended exited 12 1");
  say("ended exited 13 1");
  say("ok");
  return 0;
}
