// Sets PR_SET_DUMPABLE to 0, so that only a tracer with CAP_SYS_PTRACE may attach; prints "ready", waits for its input, makes known calls.
// With an argument it also becomes that user first.
//   undumpable [UID]
#include "tracee.h"

#include <grp.h>

int main(int argc, char** argv) {
  if (argc > 1) CHECK(setgroups(0, NULL) == 0 && setgid((gid_t)atol(argv[1])) == 0 && setuid((uid_t)atol(argv[1])) == 0);
  CHECK(prctl(PR_SET_DUMPABLE, 0) == 0);
  say("ready");
  while (wait_for_input()) {
  }
  for (int i = 0; i < 10; ++i) CHECK(syscall(SYS_getpgid, 0) > 0);
  CHECK(prctl(PR_GET_DUMPABLE) == 0);
  say("call " ABI " %d 10", SYS_getpgid);
  say("ok");
  return 0;
}
