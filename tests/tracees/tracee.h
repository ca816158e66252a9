#pragma once
// What all tracees share. A tracee does one thing and tells the truth about it on standard output:
//
//   ready                     it stands where a test may begin (only tracees that are attached to)
//   call ABI NUMBER COUNT     it made COUNT system calls of this number that returned, in all its processes and threads
//   signal NUMBER COUNT       this signal was sent to be delivered COUNT times
//   tasks COUNT               tasks there have been, the first one included
//   superseded COUNT          times that a thread other than the leader called execve
//   ended KIND VALUE COUNT    COUNT tasks ended so: KIND is exited (VALUE: status) or killed (VALUE: signal)
//   ok …                      it checked itself and all was well; it then exits with 0
//   FAIL where: what          it was not; it exits with 1
//
// Tracees never sleep to wait for somebody: they use pipes and futexes. Where time passes, time is what is being
// tested.

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __x86_64__
#define ABI "x86_64"
#else
#define ABI "i386"
#endif

#define UNUSED __attribute__((unused))

_Noreturn static UNUSED void fail_at(const char* file, int line, const char* what) {
  const int err = errno;
  char text[512];
  const char* name = strrchr(file, '/');
  const int n = snprintf(text, sizeof text, "FAIL %s:%d: %s (errno %d)\n", name ? name + 1 : file, line, what, err);
  if (write(1, text, (size_t)n) != n) _exit(2);
  _exit(1);
}
#define CHECK(condition) ((condition) ? (void)0 : fail_at(__FILE__, __LINE__, #condition))

/// One line of truth, written at once, so that lines of several processes do not mix.
__attribute__((format(printf, 1, 2))) static UNUSED void say(const char* format, ...) {
  char text[1024];
  va_list list;
  va_start(list, format);
  int n = vsnprintf(text, sizeof text - 1, format, list);
  va_end(list);
  text[n++] = '\n';
  CHECK(write(1, text, (size_t)n) == n);
}

/// For a child made by the calling thread: it must not outlive us.
static UNUSED void die_with_parent(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(9);
}

/// How long to go on: a number of rounds, or (0) until standard input ends.
struct rounds {
  long limit;
  long done;
};
static UNUSED int more(struct rounds* r) {
  if (r->limit != 0) return r->done++ < r->limit;
  struct pollfd in = {.fd = 0, .events = POLLIN};
  const int n = poll(&in, 1, 0);
  CHECK(n == 0 || n == 1);
  r->done++;
  return n == 0;
}

/// Blocks until standard input gives a byte (1) or ends (0).
static UNUSED int wait_for_input(void) {
  char c;
  const ssize_t n = read(0, &c, 1);
  CHECK(n >= 0);
  return (int)n;
}

static UNUSED void read_all(int fd, void* to, size_t size) {
  for (size_t at = 0; at < size;) {
    const ssize_t n = read(fd, (char*)to + at, size - at);
    CHECK(n > 0);
    at += (size_t)n;
  }
}

static UNUSED void write_all(int fd, const void* from, size_t size) {
  for (size_t at = 0; at < size;) {
    const ssize_t n = write(fd, (const char*)from + at, size - at);
    CHECK(n > 0);
    at += (size_t)n;
  }
}

/// Memory that survives fork as shared memory.
static UNUSED void* shared_memory(size_t size) {
  void* p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(p != MAP_FAILED);
  return p;
}

static UNUSED int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/// Waits for a child and checks that it exited with this status.
static UNUSED void expect_exit(pid_t pid, int status) {
  int got = 0;
  CHECK(waitpid(pid, &got, 0) == pid);
  if (!WIFEXITED(got) || WEXITSTATUS(got) != status) {
    errno = got;
    fail_at(__FILE__, __LINE__, "child's wait status (shown as errno)");
  }
}

static UNUSED void expect_killed(pid_t pid, int signal) {
  int got = 0;
  CHECK(waitpid(pid, &got, 0) == pid);
  CHECK(WIFSIGNALED(got) && WTERMSIG(got) == signal);
}
