// A small shell with a pseudo-terminal of its own. Must be true: ^Z stops the foreground job, a background job that reads is stopped by SIGTTIN, fg continues it and
// it gets its line, ^C kills it, and the terminal's foreground group is ours again after each.
//   pty_job_control [ROUNDS]
#include "tracee.h"

#include <sys/ioctl.h>
#include <termios.h>

static int terminal;

static void job(int ready) {
  write_all(ready, "x", 1);
  char line[64];
  const ssize_t n = read(terminal, line, sizeof line);
  if (n != 6 || memcmp(line, "hello\n", 6) != 0) _exit(1);
  write_all(ready, "l", 1);
  for (;;) pause();
}

static void to_foreground(pid_t group) { CHECK(tcsetpgrp(terminal, group) == 0); }

static void expect_stop(pid_t child, int number) {
  int status;
  CHECK(waitpid(child, &status, WUNTRACED) == child);
  CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == number);
}

static void shell(int keyboard, struct rounds rounds) {
  CHECK(setsid() == getpid());
  CHECK(ioctl(terminal, TIOCSCTTY, 0) == 0);
  signal(SIGTTOU, SIG_IGN);
  const pid_t self = getpid();
  int pipes[2];
  CHECK(pipe(pipes) == 0);
  char c;
  while (more(&rounds)) {
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      die_with_parent(self);
      setpgid(0, 0);
      signal(SIGTTOU, SIG_DFL);
      job(pipes[1]);
    }
    setpgid(child, child);
    // It reads in the background: SIGTTIN.
    read_all(pipes[0], &c, 1);
    expect_stop(child, SIGTTIN);
    // fg, then ^Z.
    to_foreground(child);
    CHECK(kill(-child, SIGCONT) == 0);
    write_all(keyboard, "\x1a", 1);
    expect_stop(child, SIGTSTP);
    to_foreground(self);
    // fg again: it gets its line.
    to_foreground(child);
    CHECK(kill(-child, SIGCONT) == 0);
    write_all(keyboard, "hello\n", 6);
    read_all(pipes[0], &c, 1);
    CHECK(c == 'l');
    write_all(keyboard, "\x03", 1);
    expect_killed(child, SIGINT);
    to_foreground(self);
    CHECK(tcgetpgrp(terminal) == self);
  }
  _exit(5);
}

int main(int argc, char** argv) {
  struct rounds rounds = {.limit = argc > 1 ? atol(argv[1]) : 0};
  const int keyboard = posix_openpt(O_RDWR | O_NOCTTY);
  CHECK(keyboard >= 0 && grantpt(keyboard) == 0 && unlockpt(keyboard) == 0);
  CHECK((terminal = open(ptsname(keyboard), O_RDWR | O_NOCTTY)) >= 0);
  struct termios t;
  CHECK(tcgetattr(terminal, &t) == 0);
  t.c_lflag &= ~(tcflag_t)ECHO;
  CHECK(tcsetattr(terminal, TCSANOW, &t) == 0);
  say("ready");
  const pid_t self = getpid();
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    die_with_parent(self);
    shell(keyboard, rounds);
  }
  expect_exit(child, 5);
  say("ok");
  return 0;
}
