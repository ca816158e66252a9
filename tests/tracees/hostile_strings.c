// File names, thread names, arguments and data full of escape sequences, control characters, broken UTF-8, quotes and newlines: what a trace must
// never pass on to a terminal as it is. Must be true: none of the bytes 0x07, 0x1b, 0x9b of these strings appears in tether's text (checked by the e2e tests).
#include "tracee.h"

extern char** environ;

static const char kEscape[] = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x9b""31m\r\n\"quoted\\\" \xc3\x28 \xff\xfe \xe2\x80\xae end\t\v\f\b\x7f";

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], kEscape) == 0) return 0;
  CHECK(open(kEscape, O_RDONLY) == -1 && errno == ENOENT);
  CHECK(prctl(PR_SET_NAME, "\x1b[31mX\x07\n") == 0);
  int fds[2];
  CHECK(pipe(fds) == 0);
  write_all(fds[1], kEscape, sizeof kEscape);
  char path[128];
  snprintf(path, sizeof path, "/tmp/tether-\x1b[7m\n-%d", (int)getpid());
  const int fd = open(path, O_CREAT | O_RDWR, 0600);
  CHECK(fd >= 0);
  write_all(fd, kEscape, sizeof kEscape);  // its path is shown with -y
  unlink(path);
  const pid_t child = fork();
  if (child == 0) {
    char* arguments[] = {(char*)"hostile", (char*)kEscape, NULL};
    char* environment[] = {(char*)kEscape, NULL};
    execve("/proc/self/exe", arguments, environment);
    _exit(1);
  }
  expect_exit(child, 0);
  say("tasks 2");
  say("ok");
  return 0;
}
