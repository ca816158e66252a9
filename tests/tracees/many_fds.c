// Opens 100,000 descriptors (as many as it is allowed to), then uses the last ones, passes 253 through a socket and closes all. Must be true: the last one is the same pipe as the first.
#include "tracee.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

int main(int argc, char** argv) {
  rlim_t wanted = argc > 1 ? (rlim_t)atol(argv[1]) : 100000;
  struct rlimit limit = {wanted + 16, wanted + 16};
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    wanted = limit.rlim_cur - 16;
  }
  int fds[2];
  CHECK(pipe(fds) == 0);
  int last = -1;
  for (rlim_t i = 0; i < wanted - 8; ++i) CHECK((last = dup(fds[1])) >= 0);
  write_all(last, "x", 1);
  char c;
  read_all(fds[0], &c, 1);
  CHECK(c == 'x');
  struct stat a, b;
  CHECK(fstat(last, &a) == 0 && fstat(fds[1], &b) == 0 && a.st_ino == b.st_ino);
  say("fds %d", last);
  say("tasks 1");
  say("ok");
  return 0;
}
