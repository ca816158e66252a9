// Prints its user ids: made set-uid by tests, it shows whether the kernel honoured that.
#include "tracee.h"

int main(void) {
  say("uid %d euid %d", (int)getuid(), (int)geteuid());
  say("ok");
  return 0;
}
