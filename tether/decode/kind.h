#pragma once
// Kind: what a scalar or a run of bytes means beyond its C type: the leaves of the description language.
//
// One list, used twice: tools/desc resolves the names, the walker dispatches on the numbers.

#include <cstdint>

// name in the language, enumerator, default width in bytes (0: the prototype's or field's own)
#define TETHER_SCALAR_KINDS(X)                                                                                         \
  X(int, Int, 4)     /* signed decimal, of the C type's width */                                                       \
  X(uint, Uint, 4)   /* unsigned decimal */                                                                            \
  X(hex, Hex, 0)     /* hexadecimal; 0 prints as 0 */                                                                  \
  X(oct, Oct, 0)     /* octal */                                                                                       \
  X(long, Long, 0)   /* signed, word size */                                                                           \
  X(ulong, Ulong, 0) /* unsigned, word size */                                                                         \
  X(size, Size, 0)   /* unsigned, word size: a count of bytes */                                                       \
  X(loff, Loff, 8)   /* signed 64 bits; two registers on i386 */                                                       \
  X(u8, U8, 1)                                                                                                         \
  X(u16, U16, 2)                                                                                                       \
  X(u32, U32, 4)                                                                                                       \
  X(u64, U64, 8)                                                                                                       \
  X(s8, S8, 1) X(s16, S16, 2) X(s32, S32, 4) X(s64, S64, 8)                                                            \
      X(pages, Pages, 4)     /* a number of 4096-byte pages, shown in bytes */                                         \
      X(octet, Octet, 1)     /* a byte in hexadecimal */                                                               \
      X(hex8, Hex8, 0)       /* %08x, as netlink group masks */                                                        \
      X(addr, Addr, 0)       /* a pointer that is not followed */                                                      \
      X(handler, Handler, 0) /* SIG_DFL, SIG_IGN, SIG_ERR or an address */                                             \
      X(fd, Fd, 4)           /* a descriptor */                                                                        \
      X(dirfd, Dirfd, 4)     /* a descriptor or AT_FDCWD */                                                            \
      X(pid, Pid, 4) X(tid, Tid, 4) X(pgid, Pgid, 4) X(uid, Uid, 4) X(gid, Gid, 4) /* unsigned, but -1 prints as -1 */ \
      X(signal, Signal, 4) X(sigset, Sigset, 8) /* a set of signals, as many bytes as are available */                 \
      X(wstatus, Wstatus, 4)                    /* wait(2) status */                                                   \
      X(siginfo, Siginfo, 0)                    /* siginfo_t of the call's ABI */                                      \
      X(umode, Umode, 0)                        /* permission bits */                                                  \
      X(filemode, Filemode, 0)                  /* S_IFREG|0644 */                                                     \
      X(dev, Dev, 0)            /* makedev(0x8, 0x1), the kernel's 32-bit or glibc's 64-bit encoding by width */       \
      X(clockid, Clockid, 4)    /* CLOCK_* or a per-process clock: a names set in a, MAKE_PROCESS_CPUCLOCK else */     \
      X(epoch, Epoch, 0)        /* seconds, with the date as a note */                                                 \
      X(be16, Be16, 2)          /* htons(N); a: StringId of the function's name, b: SetId + 1 of N's names */          \
      X(le16, Le16, 2)          /* htobs(N): the same of a number in the CPU's order */                                \
      X(be32, Be32, 4)          /* htonl(N) */                                                                         \
      X(inet4, Inet4, 4)        /* inet_addr("...") */                                                                 \
      X(inet6, Inet6, 16)       /* inet_pton(AF_INET6, "...", &label) */                                               \
      X(inet_of, InetOf, 0)     /* address of the family given by the expression a */                                  \
      X(unix_path, UnixPath, 0) /* sun_path, abstract names included */                                                \
      X(mac, Mac, 0)            /* link-layer address, as long as the expression a or what is there */                 \
      X(ifindex, Ifindex, 4) X(ioctl_cmd, IoctlCmd, 0) /* ioctl request, by name or _IOC(...) */                       \
      X(ioctl_arg, IoctlArg, 0)                        /* its argument, by the request's type */                       \
      X(sockopt_name, SockoptName, 4)                  /* a: ExprId of the level */                                    \
      X(sockopt_value, SockoptValue, 0)                /* a, b: ExprIds of level and option */                         \
      X(fdset, Fdset, 0)                               /* fd_set; the count is argument 0 */                           \
      X(cpumask, Cpumask, 0)                           /* [0 1 2] */                                                   \
      X(ioprio, Ioprio, 4)                             /* IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 4) */                     \
      X(qcmd, Qcmd, 4)                                 /* QCMD(Q_GETQUOTA, USRQUOTA) */                                \
      X(rlim, Rlim, 0)                                 /* RLIM_INFINITY, 8192*1024 or a number */                      \
      X(kver, Kver, 4)                                 /* KERNEL_VERSION(6, 1, 0) */                                   \
      X(bpf_prog, BpfProg, 0)                          /* classic BPF program text */                                  \
      X(epoll_data, EpollData, 8)                      /* {u32=..., u64=...} */                                        \
      X(dirents, Dirents, 0)        /* old linux_dirent's trailing type byte and friends, if records cannot say it */  \
      X(cap_set, CapSet, 4)         /* the lower word of a set of capabilities; the upper is three words further */    \
      X(error, Error, 4)            /* a negative error number: -ENOENT */                                             \
      X(user_offset, UserOffset, 0) /* an offset in struct user: 8*RIP, offsetof(struct user, u_debugreg)+8 */         \
      X(syscall_of, SyscallOf, 0)   /* a call's number: __NR_getppid; a: ExprId of the AUDIT_ARCH_* of its caller */   \
      X(futex_op_word, FutexOpWord, 4) /* FUTEX_WAKE_OP's FUTEX_OP_SET<<28|0x5<<12|FUTEX_OP_CMP_EQ<<24|0x7 */          \
      X(never, Never, 0)               /* return kind of calls that do not return */

#define TETHER_TEXT_KINDS(X)                                                      \
  X(path, Path)   /* NUL-terminated file name, at most PATH_MAX, not cut by -s */ \
  X(cstr, Cstr)   /* NUL-terminated string, cut at -s */                          \
  X(chars, Chars) /* char array that may lack its NUL */                          \
  X(bytes, Bytes) /* data of a given length, cut at -s */                         \
  X(blob, Blob)   /* the same, always as \x escapes */                            \
  X(strs, Strs)   /* NULL-terminated array of strings (argv) */                   \
  X(envs, Envs)   /* the same, abbreviated to an address with a count */

namespace tether::decode {

enum class Kind : std::uint8_t {
  None,
#define X(name, Name, width) Name,
  TETHER_SCALAR_KINDS(X)
#undef X
#define X(name, Name) Name,
      TETHER_TEXT_KINDS(X)
#undef X
};

/// What some calls say behind their result: hand-written, in irregular/.
enum class ResultNote : std::uint8_t { None, Poll, Select, Fcntl };

}  // namespace tether::decode
