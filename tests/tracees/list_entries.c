// Lists a directory by getdents(2), which no C library calls any more, and ends with what its last call returned: 0.
#include "tracee.h"

int main(int argc, char** argv) {
  CHECK(argc == 2);
  const int fd = open(argv[1], O_RDONLY | O_DIRECTORY);
  CHECK(fd >= 0);
  char entries[1024];
  CHECK(syscall(SYS_getdents, fd, entries, sizeof entries) > 0);
  return (int)syscall(SYS_getdents, fd, entries, sizeof entries);
}
