// Makes a known number of system calls that nothing else in the program makes. Exits with status 7.
//   syscall_count [COUNT]
#include "tracee.h"

int main(int argc, char** argv) {
  const long count = argc > 1 ? atol(argv[1]) : 1000;
  for (long i = 0; i < count; ++i) CHECK(syscall(SYS_getpgid, 0) > 0);
  for (long i = 0; i < count; ++i) CHECK(syscall(SYS_getsid, -1) == -1 && errno == ESRCH);
  say("call " ABI " %d %ld", SYS_getpgid, count);
  say("call " ABI " %d %ld", SYS_getsid, count);
  say("tasks 1");
  say("ended exited 7 1");
  say("ok");
  return 7;
}
