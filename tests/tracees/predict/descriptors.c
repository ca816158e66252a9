// Descriptors: pipes, duplicates, flags, locks.
#include "predict.h"
#include <sys/file.h>

int main(void) {
  int ends[2];
  begin();
  const long made = call(pipe2, ends, O_CLOEXEC | O_NONBLOCK);
  expect(made, "pipe2([%d, %d], O_NONBLOCK|O_CLOEXEC)", ends[0], ends[1]);
  expect(call(pipe2, ends, 0x1), "pipe2(%p, 0x1 /* O_??? */)", (void*)ends);
  expect(call(pipe2, NULL, 0), "pipe2(NULL, 0)");
  const long copy = call(dup, ends[0]);
  expect(copy, "dup(%d)", ends[0]);
  expect(call(dup2, ends[0], 50), "dup2(%d, 50)", ends[0]);
  expect(call(dup3, ends[0], 51, O_CLOEXEC), "dup3(%d, 51, O_CLOEXEC)", ends[0]);
  expect(call(dup3, ends[0], ends[0], 0), "dup3(%d, %d, 0)", ends[0], ends[0]);
#ifdef __x86_64__
#define FCNTL "fcntl"
#define SYS_fcntl_number SYS_fcntl
#else
#define FCNTL "fcntl64"
#define SYS_fcntl_number SYS_fcntl64
#endif
  expect_result("0x1 (flags FD_CLOEXEC)", FCNTL "(51, F_GETFD)");
  call(fcntl_number, 51, F_GETFD);
  expect(call(fcntl_number, 51, F_SETFD, 0), FCNTL "(51, F_SETFD, 0)");
  expect(call(fcntl_number, 51, F_SETFD, FD_CLOEXEC), FCNTL "(51, F_SETFD, FD_CLOEXEC)");
  expect_result("0x800 (flags O_RDONLY|O_NONBLOCK)", FCNTL "(%d, F_GETFL)", ends[0]);
  call(fcntl_number, ends[0], F_GETFL);
  expect(call(fcntl_number, ends[1], F_SETFL, O_APPEND), FCNTL "(%d, F_SETFL, O_RDONLY|O_APPEND)", ends[1]);
  expect(call(fcntl_number, ends[0], F_DUPFD, 60), FCNTL "(%d, F_DUPFD, 60)", ends[0]);
  expect(call(fcntl_number, ends[0], F_DUPFD_CLOEXEC, 60), FCNTL "(%d, F_DUPFD_CLOEXEC, 60)", ends[0]);
  expect(call(fcntl_number, -1, F_GETFD), FCNTL "(-1, F_GETFD)");
  expect(call(fcntl_number, 51, F_SETPIPE_SZ, 65536), FCNTL "(51, F_SETPIPE_SZ, 65536)");
  expect(call(fcntl_number, 51, F_GETPIPE_SZ), FCNTL "(51, F_GETPIPE_SZ)");

  const long file = call(openat, AT_FDCWD, "locked", O_RDWR | O_CREAT, 0600);
  expect(file, "openat(AT_FDCWD, \"locked\", O_RDWR|O_CREAT, 0600)");
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 5, .l_len = 10};
#ifdef __x86_64__
  expect(call(fcntl, file, F_SETLK, &lock), "fcntl(%ld, F_SETLK, {l_type=F_WRLCK, l_whence=SEEK_SET, l_start=5, l_len=10})", file);
  const long got = call(fcntl, file, F_GETLK, &lock);
  expect(got, "fcntl(%ld, F_GETLK, {l_type=F_UNLCK, l_whence=SEEK_SET, l_start=5, l_len=10, l_pid=0})", file);
#else
  (void)lock;
#endif
  expect(call(flock, file, LOCK_EX | LOCK_NB), "flock(%ld, LOCK_EX|LOCK_NB)", file);
  expect(call(flock, file, LOCK_UN), "flock(%ld, LOCK_UN)", file);
  end();
}
