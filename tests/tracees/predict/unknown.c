// A number that names no call, and arguments that no call understands.
#include "predict.h"

int main(void) {
  begin();
  expect(syscall(1000000, 1, 2, 3, 4, 5, 6), "syscall_0xf4240(0x1, 0x2, 0x3, 0x4, 0x5, 0x6)");
  expect(call(chdir, (void*)1), "chdir(0x1)");
  expect(call(getcwd, NULL, 0), "getcwd(NULL, 0)");
  end();
}
