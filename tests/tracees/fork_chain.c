// Processes that make processes, in every way there is. Must be true: each child runs once, sees what its maker prepared, ends with the
// status that it was given, and is reaped once.
//   fork_chain fork|vfork|clone3|spawn|exec|thread-exec|leader-first|chain|mixed [ROUNDS]
#include "tracee.h"

#include <linux/sched.h>
#include <spawn.h>
#include <sys/auxv.h>

extern char** environ;
static const char* self_path;
static pid_t self;

struct counts {
  _Atomic long tasks, superseded, exited[64];
};
static struct counts* counts;

static void count_end(int status) { counts->exited[status]++; }

static char** self_argv(const char* mode, int status) {
  static char number[16];
  static char* argv[4];
  snprintf(number, sizeof number, "%d", status);
  argv[0] = (char*)self_path;
  argv[1] = (char*)mode;
  argv[2] = number;
  return argv;
}

static void by_fork(int status) {
  int data[2];
  CHECK(pipe(data) == 0);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    int got = 0;
    die_with_parent(self);
    read_all(data[0], &got, sizeof got);
    _exit(got);
  }
  write_all(data[1], &status, sizeof status);
  expect_exit(child, status);
  close(data[0]);
  close(data[1]);
  counts->tasks++;
  count_end(status);
}

static void by_vfork(int status) {
  volatile int borrowed = 0;
  char** argv = self_argv("child", status);
  const pid_t child = vfork();
  CHECK(child >= 0);
  if (child == 0) {
    borrowed = 42;  // our memory until it has exec'd
    execve(argv[0], argv, environ);
    _exit(126);
  }
  CHECK(borrowed == 42);
  expect_exit(child, status);
  counts->tasks++;
  count_end(status);
}

static void by_clone3(int status) {
  struct clone_args args = {.exit_signal = SIGCHLD};
  pid_t set_by_kernel = 0;
  args.flags = CLONE_PARENT_SETTID;
  args.parent_tid = (uintptr_t)&set_by_kernel;
  const long child = syscall(SYS_clone3, &args, sizeof args);
  if (child == -1 && errno == ENOSYS) {
    by_fork(status);
    return;
  }
  CHECK(child >= 0);
  if (child == 0) _exit(status);
  CHECK(set_by_kernel == child);
  expect_exit((pid_t)child, status);
  counts->tasks++;
  count_end(status);
}

static void by_spawn(int status) {
  pid_t child;
  CHECK(posix_spawn(&child, self_path, NULL, NULL, self_argv("child", status), environ) == 0);
  expect_exit(child, status);
  counts->tasks++;
  count_end(status);
}

static void by_exec(int status) {
  char** argv = self_argv("child", status);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    die_with_parent(self);
    execve(argv[0], argv, environ);
    _exit(126);
  }
  expect_exit(child, status);
  counts->tasks++;
  count_end(status);
}

static void* exec_here(void* argv) {
  execve(self_path, argv, environ);
  _exit(126);
}
static void* block_here(void* fd) {
  char c;
  if (read(*(int*)fd, &c, 1) == 0) return fd;
  return NULL;
}
/// The child makes two threads; one of them calls execve and so becomes the leader, under the leader's id.
static void by_thread_exec(int status) {
  char** argv = self_argv("child", status);
  int never[2];
  CHECK(pipe(never) == 0);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    die_with_parent(self);
    pthread_t blocked, execing;
    CHECK(pthread_create(&blocked, NULL, block_here, &never[0]) == 0);
    CHECK(pthread_create(&execing, NULL, exec_here, argv) == 0);
    pthread_join(execing, NULL);
    _exit(125);
  }
  expect_exit(child, status);
  close(never[0]);
  close(never[1]);
  counts->tasks += 3;
  counts->superseded++;
  count_end(status);
}

static void* go_on_alone(void* status) {
  // The leader is a zombie now, or will be: the process goes on without it.
  for (int i = 0; i < 10; ++i) sched_yield();
  _exit((int)(intptr_t)status);
}
static void by_leader_first(int status) {
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    die_with_parent(self);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, go_on_alone, (void*)(intptr_t)status) == 0);
    syscall(SYS_exit, 0);
  }
  expect_exit(child, status);
  counts->tasks += 2;
  // What the leader's own end says depends on who is first; only the process's status is certain.
}

/// A chain of processes, each the child of the one before, five deep; the last one's status travels back.
static void chain(int depth, int status) {
  const pid_t child = fork();
  CHECK(child >= 0);
  counts->tasks += child == 0;
  if (child == 0) {
    if (depth > 1) chain(depth - 1, status);
    count_end(status);
    _exit(status);
  }
  expect_exit(child, status);
}
static void by_chain(int status) { chain(5, status); }

struct way {
  const char* name;
  void (*go)(int);
};
static const struct way ways[] = {{"fork", by_fork}, {"vfork", by_vfork}, {"clone3", by_clone3}, {"spawn", by_spawn},
                                  {"exec", by_exec}, {"thread-exec", by_thread_exec}, {"leader-first", by_leader_first},
                                  {"chain", by_chain}};
enum { kWays = sizeof ways / sizeof ways[0] };

int main(int argc, char** argv) {
  CHECK(argc > 1);
  if (strcmp(argv[1], "child") == 0) return atoi(argv[2]);
  static char path[4096];
  CHECK(readlink("/proc/self/exe", path, sizeof path - 1) > 0);
  self_path = path;
  self = getpid();
  counts = shared_memory(sizeof *counts);
  counts->tasks = 1;
  struct rounds rounds = {.limit = argc > 2 ? atol(argv[2]) : 0};
  say("ready");
  while (more(&rounds)) {
    const long i = rounds.done;
    for (int w = 0; w < kWays; ++w)
      if (strcmp(argv[1], ways[w].name) == 0 || (strcmp(argv[1], "mixed") == 0 && i % kWays == w))
        ways[w].go((int)(10 + i % 50));
  }
  say("tasks %ld", (long)counts->tasks);
  say("superseded %ld", (long)counts->superseded);
  for (int i = 10; i < 60; ++i)
    if (counts->exited[i] != 0 && strcmp(argv[1], "mixed") != 0 && strcmp(argv[1], "thread-exec") != 0)
      say("ended exited %d %ld", i, (long)counts->exited[i]);
  say("ok tasks=%ld", (long)counts->tasks);
  return 0;
}
