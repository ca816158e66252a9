// Tasks that get the id of one that has just ended: of a process that exited, of one that was killed, and of a thread that became the leader by execve.
// Must be true: each has the id that it was promised (clone3's set_tid), its own status, and is reaped once. Prints "skip" where set_tid is not allowed.
//   id_reuse [ROUNDS]
#include "tracee.h"

#include <linux/sched.h>

extern char** environ;

/// A child with this id, or with any if 0; -1 with errno EEXIST if somebody else was faster.
static pid_t fork_as(pid_t id) {
  struct clone_args args = {.exit_signal = SIGCHLD};
  if (id != 0) {
    args.set_tid = (uintptr_t)&id;
    args.set_tid_size = 1;
  }
  return (pid_t)syscall(SYS_clone3, &args, sizeof args);
}

static char own_id[16];
static void* exec_here(void* argv) {
  snprintf(own_id, sizeof own_id, "%d", (int)syscall(SYS_gettid));
  execve("/proc/self/exe", argv, environ);
  _exit(126);
}

/// By execve from a thread: this process goes on as the program below, and the thread's id is free.
static void free_a_threads_id(void) {
  static char* argv[] = {(char*)"id_reuse", (char*)"reuse", own_id, NULL};
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, exec_here, argv) == 0);
  for (;;) pause();
}
static int reuse(pid_t id) {
  const pid_t child = fork_as(id);
  if (child == -1) return errno == EEXIST ? 12 : 1;
  if (child == 0) _exit(getpid() == id ? 11 : 1);
  expect_exit(child, 11);
  return 11;
}

int main(int argc, char** argv) {
  if (argc == 3) return reuse(atoi(argv[2]));
  struct rounds rounds = {.limit = argc > 1 ? atol(argv[1]) : 0};
  long tasks = 1, superseded = 0, reused = 0, exited = 0, killed = 0;
  pid_t id = 0;
  while (more(&rounds)) {
    pid_t child = fork_as(id);
    if (child == -1 && errno == EPERM) {
      say("skip ids cannot be chosen: CAP_CHECKPOINT_RESTORE is missing");
      return 0;
    }
    if (child == -1 && errno == EEXIST) child = fork_as(id = 0);
    CHECK(child >= 0);
    const int how = (int)(rounds.done % 3);
    if (child == 0) {
      if (how == 1) kill(getpid(), SIGKILL);
      if (how == 2) free_a_threads_id();
      _exit(10);
    }
    ++tasks;
    reused += id != 0;
    id = child;
    if (how == 1) {
      expect_killed(child, SIGKILL);
      ++killed;
    } else if (how == 0) {
      expect_exit(child, 10);
      ++exited;
    } else {
      int status;
      CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
      CHECK(WEXITSTATUS(status) == 11 || WEXITSTATUS(status) == 12);
      tasks += WEXITSTATUS(status) == 11 ? 2 : 1;
      ++superseded;
    }
  }
  CHECK(reused > 0);
  say("tasks %ld", tasks);
  say("superseded %ld", superseded);
  say("ended exited 10 %ld", exited);
  say("ended killed 9 %ld", killed);
  say("ok reused=%ld", reused);
  return 0;
}
