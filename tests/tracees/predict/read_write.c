// Data: how bytes are shown, cut, counted; vectors; positions.
#include "predict.h"
#include <sys/uio.h>

int main(void) {
  char buffer[64] = "";
  begin();
  const long fd = call(openat, AT_FDCWD, "data", O_RDWR | O_CREAT, 0600);
  expect(fd, "openat(AT_FDCWD, \"data\", O_RDWR|O_CREAT, 0600)");
  expect(call(write, fd, "plain", 5), "write(%ld, \"plain\", 5)", fd);
  expect(call(write, fd, "\t\n\v\f\r\"\\", 7), "write(%ld, \"\\t\\n\\v\\f\\r\\\"\\\\\", 7)", fd);
  // An octal escape is as short as what follows it allows.
  expect(call(write, fd, "\0a\0001\177\200\33", 7), "write(%ld, \"\\0a\\0001\\177\\200\\33\", 7)", fd);
  expect(call(write, fd, "0123456789abcdef0123456789abcdefX", 33), "write(%ld, \"0123456789abcdef0123456789abcdef\"..., 33)", fd);
  expect(call(write, fd, "", 0), "write(%ld, \"\", 0)", fd);
  expect(call(write, fd, NULL, 0), "write(%ld, NULL, 0)", fd);
  expect(call(write, fd, (void*)1, 9), "write(%ld, 0x1, 9)", fd);
  expect(call(write, -1, "x", 1), "write(-1, \"x\", 1)");
  expect(call(lseek, fd, 2L, SEEK_SET), "lseek(%ld, 2, SEEK_SET)", fd);
  expect(call(lseek, fd, -1L, SEEK_CUR), "lseek(%ld, -1, SEEK_CUR)", fd);
  expect(call(lseek, fd, -100000L, SEEK_END), "lseek(%ld, -100000, SEEK_END)", fd);
  expect(call(lseek, fd, 0L, 77), "lseek(%ld, 0, 0x4d /* SEEK_??? */)", fd);
  expect(call(read, fd, buffer, 4), "read(%ld, \"lain\", 4)", fd);
  expect(call(read, fd, (void*)1, 4), "read(%ld, 0x1, 4)", fd);
  expect(call(read, -1, buffer, 4), "read(-1, %p, 4)", (void*)buffer);
#ifdef __x86_64__
  expect(call(pread64, fd, buffer, 3, 1L), "pread64(%ld, \"lai\", 3, 1)", fd);
  expect(call(pwrite64, fd, "PQ", 2, 0L), "pwrite64(%ld, \"PQ\", 2, 0)", fd);
  expect(call(pread64, fd, buffer, 3, 9999L), "pread64(%ld, \"\", 3, 9999)", fd);
#endif

  struct iovec out[] = {{"one", 3}, {"", 0}, {"three", 5}};
  expect(call(writev, fd, out, 3),
         "writev(%ld, [{iov_base=\"one\", iov_len=3}, {iov_base=\"\", iov_len=0}, {iov_base=\"three\", iov_len=5}], 3)", fd);
  expect(call(writev, fd, out, 0), "writev(%ld, [], 0)", fd);
  expect(call(writev, fd, NULL, 1), "writev(%ld, NULL, 1)", fd);
  expect(call(ftruncate, fd, 13L), "ftruncate(%ld, 13)", fd);
  expect(call(lseek, fd, 5L, SEEK_SET), "lseek(%ld, 5, SEEK_SET)", fd);
  // What was read is divided among the vectors; the last one may get less than it has room for.
  struct iovec in[] = {{buffer, 2}, {buffer + 2, 20}};
  expect(call(readv, fd, in, 2), "readv(%ld, [{iov_base=\"on\", iov_len=2}, {iov_base=\"ethree\", iov_len=20}], 2)", fd);
  expect(call(readv, fd, in, 2), "readv(%ld, [{iov_base=\"\", iov_len=2}, {iov_base=\"\", iov_len=20}], 2)", fd);
  expect(call(ftruncate, fd, 3L), "ftruncate(%ld, 3)", fd);
  expect(call(fsync, fd), "fsync(%ld)", fd);
  expect(call(fdatasync, 77), "fdatasync(77)");
  end();
}
