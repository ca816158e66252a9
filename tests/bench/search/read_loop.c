// What a search cannot be faster than: reads the memory of a process with process_vm_readv(2), 256 KiB at a time, and
// looks at nothing.
//
//   read_loop PID ADDRESS SIZE
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>

enum { kPiece = 256 * 1024 };

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const pid_t pid = atoi(argv[1]);
  char* at = (char*)strtoull(argv[2], NULL, 16);
  size_t left = strtoull(argv[3], NULL, 10);
  char* buffer = aligned_alloc(4096, kPiece);
  while (left != 0) {
    const struct iovec local = {buffer, left < kPiece ? left : kPiece};
    const struct iovec remote = {at, local.iov_len};
    const ssize_t got = process_vm_readv(pid, &local, 1, &remote, 1, 0);
    if (got <= 0) return 1;
    at += got;
    left -= (size_t)got;
  }
  return 0;
}
