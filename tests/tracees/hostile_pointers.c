// System calls whose arguments point nowhere, end at the last byte of a page, or promise lengths that no memory has. Must be true: the kernel's answers are what they are without a tracer.
#include "tracee.h"

#include <sys/socket.h>
#include <sys/uio.h>

int main(void) {
  const long page = sysconf(_SC_PAGESIZE);
  char* end = (char*)mmap(NULL, (size_t)page * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) + page;
  CHECK(munmap(end, (size_t)page) == 0);
  memset(end - page, 'A', (size_t)page);
  static const uintptr_t places[] = {0, 1, 7, 4095, (uintptr_t)-1, (uintptr_t)-4096, (uintptr_t)1 << (sizeof(long) * 8 - 1),
                                     sizeof(long) == 8 ? (uintptr_t)0x7ffffffff000u : (uintptr_t)0xc0000000u};
  int fds[2];
  CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0);
  for (unsigned i = 0; i < sizeof places / sizeof places[0]; ++i) {
    const long p = (long)places[i];
    CHECK(syscall(SYS_openat, AT_FDCWD, p, O_RDONLY) == -1 && errno == EFAULT);
    CHECK(syscall(SYS_execve, p, p, p) == -1 && errno == EFAULT);
    CHECK(syscall(SYS_execve, "/nonexistent", p, p) == -1);
    CHECK(syscall(SYS_sendmsg, fds[0], p, 0) == -1 && errno == EFAULT);
    CHECK(syscall(SYS_rt_sigaction, SIGUSR1, p, 0, 8) == -1 || p == 0);
    syscall(SYS_writev, fds[0], p, 1024);
    syscall(SYS_readv, fds[0], p, -1);
    syscall(SYS_ioctl, fds[0], 0xffffffffu, p);
    syscall(SYS_futex, p, 9999, p, p, p, p);
    syscall(SYS_getdents64, 0, p, -1);
    syscall(SYS_sendmmsg, fds[0], p, -1, MSG_DONTWAIT);
    syscall(SYS_clone3, p, -1);
    syscall(SYS_bpf, 0x7fffffff, p, -1);
    syscall(SYS_io_uring_setup, -1, p);
    syscall(SYS_mount, p, p, p, -1, p);
    syscall(SYS_prctl, PR_SET_NAME, p);
  }
  // Strings, arrays and structs that end with the page, without an end of their own.
  CHECK(syscall(SYS_openat, AT_FDCWD, end - 5, O_RDONLY) == -1 && errno == EFAULT);
  CHECK(syscall(SYS_execve, end - 1, end - 8, end - 8) == -1);
  CHECK(syscall(SYS_write, fds[0], end - 3, 1000) == -1 && errno == EFAULT);
  struct iovec many[1024];
  for (int i = 0; i < 1024; ++i) many[i] = (struct iovec){end - 1, (size_t)-1};
  CHECK(writev(fds[0], many, 1024) == -1);
  struct msghdr header = {.msg_iov = many, .msg_iovlen = (size_t)-1, .msg_control = end - 2, .msg_controllen = (size_t)-1};
  CHECK(sendmsg(fds[0], &header, MSG_DONTWAIT) == -1);
  // Control messages that lie about their length.
  char control[64] = {0};
  ((struct cmsghdr*)control)->cmsg_len = 0x7fffffff;
  header = (struct msghdr){.msg_control = control, .msg_controllen = sizeof control};
  CHECK(sendmsg(fds[0], &header, MSG_DONTWAIT) == -1);
  ((struct cmsghdr*)control)->cmsg_len = 1;
  CHECK(sendmsg(fds[0], &header, MSG_DONTWAIT) == -1);
  say("tasks 1");
  say("ok");
  return 0;
}
