// open and close of one file, N times: a path to copy, a descriptor to show.
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char** argv) {
  const long n = argc > 1 ? atol(argv[1]) : 10000;
  for (long i = 0; i < n; ++i) {
    const int fd = open("/etc/passwd", O_RDONLY);
    if (fd < 0) return 1;
    close(fd);
  }
  return 0;
}
