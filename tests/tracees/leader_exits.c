// The leader ends by itself; two threads go on, make system calls, and the last one ends the process with status 3. Prints "ready" when the leader is a zombie
// and, with the argument "wait", goes on only at the end of standard input.
//   leader_exits [wait]
#include "tracee.h"

enum { kCalls = 200 };
static int should_wait;
static pthread_t other;

static void make_calls(void) {
  for (int i = 0; i < kCalls; ++i) CHECK(syscall(SYS_getpgid, 0) > 0);
}
static void* run_other(void* unused) {
  make_calls();
  return unused;
}
static int leader_is_zombie(void) {
  char text[512];
  const int fd = open("/proc/self/stat", O_RDONLY);
  CHECK(fd >= 0);
  const ssize_t n = read(fd, text, sizeof text - 1);
  close(fd);
  CHECK(n > 0);
  text[n] = '\0';
  return strstr(text, ") Z ") != NULL;
}
static void* run_last(void* unused) {
  (void)unused;
  while (!leader_is_zombie()) sched_yield();
  say("ready");
  if (should_wait) CHECK(wait_for_input() == 0);
  CHECK(pthread_create(&other, NULL, run_other, NULL) == 0);
  make_calls();
  CHECK(pthread_join(other, NULL) == 0);
  say("call " ABI " %d %d", SYS_getpgid, 2 * kCalls);
  say("tasks 3");
  say("ok");
  _exit(3);
}

int main(int argc, char** argv) {
  should_wait = argc > 1 && strcmp(argv[1], "wait") == 0;
  pthread_t last;
  CHECK(pthread_create(&last, NULL, run_last, NULL) == 0);
  syscall(SYS_exit, 0);
}
