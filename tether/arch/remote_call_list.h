#pragma once
// The system calls that tether makes in other processes: the name of the enumerator, and what each ABI calls it
// (<asm/unistd_64.h>, <asm/unistd_32.h>). Where the two differ in meaning, the enumerator says which it is.

// clang-format off
#define TETHER_REMOTE_CALLS(X)                                       \
  X(Chdir, chdir, chdir)                                             \
  X(Clone, clone, clone)                                             \
  X(Close, close, close)                                             \
  X(Connect, connect, connect)                                       \
  X(Dup, dup, dup)                                                   \
  X(Dup2, dup2, dup2)                                                \
  X(Dup3, dup3, dup3)                                                \
  X(EpollCtl, epoll_ctl, epoll_ctl)                                  \
  X(Exit, exit, exit)                                                \
  X(Fchdir, fchdir, fchdir)                                          \
  X(Fcntl64, fcntl, fcntl64)                                         \
  X(Ftruncate, ftruncate, ftruncate64)                               \
  X(Getcwd, getcwd, getcwd)                                          \
  X(Getpgid, getpgid, getpgid)                                       \
  X(Getpid, getpid, getpid)                                          \
  X(Getppid, getppid, getppid)                                       \
  X(Getsid, getsid, getsid)                                          \
  X(Gettid, gettid, gettid)                                          \
  X(Ioctl, ioctl, ioctl)                                             \
  X(Kill, kill, kill)                                                \
  X(Lseek, lseek, lseek)                                             \
  X(MemfdCreate, memfd_create, memfd_create)                         \
  X(MmapOrMmap2, mmap, mmap2)                                        \
  X(Mprotect, mprotect, mprotect)                                    \
  X(Munmap, munmap, munmap)                                          \
  X(Openat, openat, openat)                                          \
  X(PidfdGetfd, pidfd_getfd, pidfd_getfd)                            \
  X(PidfdOpen, pidfd_open, pidfd_open)                               \
  X(Pipe2, pipe2, pipe2)                                             \
  X(Prctl, prctl, prctl)                                             \
  X(Pread64, pread64, pread64)                                       \
  X(Read, read, read)                                                \
  X(Recvmsg, recvmsg, recvmsg)                                       \
  X(RtSigaction, rt_sigaction, rt_sigaction)                         \
  X(RtSigprocmask, rt_sigprocmask, rt_sigprocmask)                   \
  X(RtTgsigqueueinfo, rt_tgsigqueueinfo, rt_tgsigqueueinfo)          \
  X(Sendmsg, sendmsg, sendmsg)                                       \
  X(Setpgid, setpgid, setpgid)                                       \
  X(Setsid, setsid, setsid)                                          \
  X(Shutdown, shutdown, shutdown)                                    \
  X(Sigaltstack, sigaltstack, sigaltstack)                           \
  X(Socket, socket, socket)                                          \
  X(Socketpair, socketpair, socketpair)                              \
  X(Tee, tee, tee)                                                   \
  X(Tgkill, tgkill, tgkill)                                          \
  X(Umask, umask, umask)                                             \
  X(Wait4, wait4, wait4)                                             \
  X(Write, write, write)
// clang-format on
