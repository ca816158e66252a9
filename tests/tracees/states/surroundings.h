#pragma once
// Processes that are blocked in read, in surroundings that leave little room for someone who wants something of them.

#include "signalled.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

/// Fails or, where it is not allowed, has the state left out.
#define NEEDS(condition)                                \
  do {                                                  \
    if (!(condition)) {                                 \
      say("skip " #condition ": %s", strerror(errno)); \
      _exit(0);                                         \
    }                                                   \
  } while (0)

/// No descriptor is left.
static void no_descriptors(void) {
  const int next = open("/dev/null", O_RDONLY);
  CHECK(next >= 0 && close(next) == 0);
  struct rlimit limit;
  CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = (rlim_t)next;
  CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}
/// No address is left.
static void no_memory(void) {
  struct rlimit limit;
  CHECK(getrlimit(RLIMIT_AS, &limit) == 0);
  limit.rlim_cur = 4096;
  CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
}
static void locked_memory(void) { NEEDS(mlockall(MCL_CURRENT | MCL_FUTURE) == 0); }
static void undumpable(void) { CHECK(prctl(PR_SET_DUMPABLE, 0) == 0); }
/// Its root is a directory without a name.
static void own_root(void) {
  char path[] = "/tmp/tether-tracee-XXXXXX";
  CHECK(mkdtemp(path) != NULL && chdir(path) == 0);
  NEEDS(chroot(".") == 0);
}
/// The first process of a pid namespace, with a /proc that shows that namespace.
static void own_pids(void) {
  NEEDS(unshare(CLONE_NEWPID | CLONE_NEWNS) == 0);
  const pid_t first = fork();
  CHECK(first >= 0);
  if (first > 0) {
    expect_exit(first, 0);
    _exit(0);
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  note_number_outside();
  CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 && mount("proc", "/proc", "proc", 0, NULL) == 0);
  make_pipe();
}
static void own_mounts(void) { NEEDS(unshare(CLONE_NEWNS) == 0); }
static void confined(void) {
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_read, 5, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 4, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_wait4, 3, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigprocmask, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
  CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}
/// Computes until it is released.
static void computing(void) {
  ready(-1);
  double first = 0;
  do {
    volatile double vector = 1.0;
    long double x87 = 1.0L;
    uint64_t integer = 14695981039346656037u;
    for (int i = 1; i < 20000; ++i) {
      integer = (integer ^ (unsigned)i) * 1099511628211u;
      vector = vector * 1.0000001 + 1.0 / i;
      x87 = x87 + 1.0L / (i * (long double)i);
    }
    const double now = vector + (double)x87 + (double)(integer >> 40);
    if (first == 0) first = now;
    CHECK(now == first);
  } while (!shared->released);
}
/// Asks the kernel for something all the time.
static void calling(void) {
  ready(-1);
  const pid_t self = getpid(), parent = getppid();
  while (!shared->released) CHECK(syscall(SYS_getpid) == self && syscall(SYS_getppid) == parent);
}
static void computing_in_storm(void) {
  computing();
  stop_timer();
}
static void let_go(void) { shared->released = 1; }
