// read of 64 bytes, N times: a buffer to copy at the exit.
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char** argv) {
  const long n = argc > 1 ? atol(argv[1]) : 20000;
  const int fd = open("/dev/zero", O_RDONLY);
  char buffer[64];
  for (long i = 0; i < n; ++i)
    if (read(fd, buffer, sizeof buffer) != sizeof buffer) return 1;
  return 0;
}
