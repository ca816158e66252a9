// How a probe reports. What the child finds out it returns as its exit status, an errno or 0; a child that the kernel
// kills for trying counts as ENOSYS. Probes that need a tracer hold the child at its first system call behind a SIGSTOP
// of its own.

#include "tether/sys/host_probe.h"

#include <asm/debugreg.h>
#include <linux/filter.h>
#include <linux/kcmp.h>
#include <linux/prctl.h>
#include <linux/ptrace.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace tether::sys {

namespace {

ProbeErrno errno_unless(bool worked) {
  return worked ? 0 : errno;
}

/// ptrace(2) without the C library, whose header clashes with <linux/ptrace.h>.
long ptrace(long request, pid_t tracee, std::uintptr_t addr, const void* data) {
  return ::syscall(SYS_ptrace, request, static_cast<long>(tracee), addr, data);
}

/// The options' bits where ptrace(2) takes a pointer.
const void* as_data(std::uintptr_t bits) {
  return reinterpret_cast<const void*>(bits);
}

/// Runs `probe` in a child.
template <class Probe>
ProbeErrno in_child(Probe probe) {
  const pid_t child = ::fork();
  if (child < 0) return errno;
  if (child == 0) ::_exit(probe());
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : ENOSYS;
}

/// Traces a child that runs `body`, up to its first stop behind its SIGSTOP, and asks `look` about it there. In a child
/// of our own, so that the caller's other children and signals are none of our business.
template <class Body, class Look>
ProbeErrno with_tracee(Body body, long resume, std::uintptr_t options, Look look) {
  return in_child([&]() -> ProbeErrno {
    const pid_t tracee = ::fork();
    if (tracee < 0) return errno;
    if (tracee == 0) {
      if (ptrace(PTRACE_TRACEME, 0, 0, nullptr) != 0) ::_exit(errno);
      ::raise(SIGSTOP);
      body();
      ::_exit(0);
    }
    int status = 0;
    ProbeErrno result = 0;
    if (::waitpid(tracee, &status, 0) != tracee || !WIFSTOPPED(status))
      return WIFEXITED(status) ? WEXITSTATUS(status) : ESRCH;
    if (ptrace(PTRACE_SETOPTIONS, tracee, 0, as_data(options | PTRACE_O_EXITKILL)) != 0) result = errno;
    if (result == 0 && ptrace(resume, tracee, 0, nullptr) != 0) result = errno;
    if (result == 0 && (::waitpid(tracee, &status, 0) != tracee || !WIFSTOPPED(status))) return ENOSYS;
    if (result == 0) result = look(tracee, status);
    ::kill(tracee, SIGKILL);
    ::waitpid(tracee, nullptr, 0);
    return result;
  });
}

void make_a_call() {
  ::syscall(SYS_getppid);
}

template <class Look>
ProbeErrno at_syscall_entry(Look look) {
  return with_tracee(make_a_call, PTRACE_SYSCALL, PTRACE_O_TRACESYSGOOD,
                     [&](pid_t tracee, int) { return look(tracee); });
}

/// A filter that answers getppid(2) with `action` and allows all else. Returns what seccomp(2) did.
long filter_getppid(std::uint32_t action, unsigned flags) {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, action),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{.len = 4, .filter = program};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
}

#ifndef PTRACE_SET_SYSCALL_INFO
#define PTRACE_SET_SYSCALL_INFO \
  0x4212  // Linux 6.16, include/uapi/linux/ptrace.h: newer than the headers that tether builds with
#endif

constexpr std::uint64_t kMark = 0x7465746865727221;  // what a child's memory holds
volatile std::uint64_t mark;

}  // namespace

ProbeErrno probe_tracing() {
  return in_child([]() -> ProbeErrno {
    const pid_t tracee = ::fork();
    if (tracee < 0) return errno;
    if (tracee == 0)
      for (;;) ::pause();
    ProbeErrno result = 0;
    int status = 0;
    if (ptrace(PTRACE_SEIZE, tracee, 0, as_data(PTRACE_O_EXITKILL)) != 0) result = errno;
    if (result == 0) result = errno_unless(ptrace(PTRACE_INTERRUPT, tracee, 0, nullptr) == 0);
    if (result == 0) result = errno_unless(::waitpid(tracee, &status, 0) == tracee);
    if (result == 0 && status >> 16 != PTRACE_EVENT_STOP) result = ENOSYS;
    if (result == 0) result = errno_unless(ptrace(PTRACE_DETACH, tracee, 0, nullptr) == 0);
    ::kill(tracee, SIGKILL);
    ::waitpid(tracee, nullptr, 0);
    return result;
  });
}

ProbeErrno probe_syscall_info() {
  return at_syscall_entry([](pid_t tracee) -> ProbeErrno {
    ptrace_syscall_info info{};
    if (ptrace(PTRACE_GET_SYSCALL_INFO, tracee, sizeof info, &info) <= 0) return errno;
    return info.op == PTRACE_SYSCALL_INFO_ENTRY ? 0 : ENOSYS;
  });
}

ProbeErrno probe_set_syscall_info() {
  return at_syscall_entry([](pid_t tracee) -> ProbeErrno {
    ptrace_syscall_info info{};
    if (ptrace(PTRACE_GET_SYSCALL_INFO, tracee, sizeof info, &info) <= 0) return errno;
    return errno_unless(ptrace(PTRACE_SET_SYSCALL_INFO, tracee, sizeof info, &info) == 0);
  });
}

ProbeErrno probe_memory_read() {
  const auto mark_it_and_call = [] {
    mark = kMark;
    make_a_call();
  };
  return with_tracee(mark_it_and_call, PTRACE_SYSCALL, PTRACE_O_TRACESYSGOOD, [](pid_t tracee, int) -> ProbeErrno {
    std::uint64_t copy = 0;
    const iovec local{.iov_base = &copy, .iov_len = sizeof copy};
    const iovec remote{.iov_base = const_cast<std::uint64_t*>(&mark), .iov_len = sizeof mark};
    if (::process_vm_readv(tracee, &local, 1, &remote, 1, 0) != sizeof copy) return errno;
    return copy == kMark ? 0 : EIO;
  });
}

ProbeErrno probe_seccomp_trace() {
  const auto filter_and_call = [] {
    if (filter_getppid(SECCOMP_RET_TRACE, 0) != 0) ::_exit(errno);
    make_a_call();
  };
  return with_tracee(filter_and_call, PTRACE_CONT, PTRACE_O_TRACESECCOMP,
                     [](pid_t, int status) -> ProbeErrno { return status >> 16 == PTRACE_EVENT_SECCOMP ? 0 : ENOSYS; });
}

ProbeErrno probe_user_notification() {
  return in_child(
      [] { return errno_unless(filter_getppid(SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER) >= 0); });
}

ProbeErrno probe_rseq_area() {
  return at_syscall_entry([](pid_t tracee) -> ProbeErrno {
    ptrace_rseq_configuration area{};
    return errno_unless(ptrace(PTRACE_GET_RSEQ_CONFIGURATION, tracee, sizeof area, &area) > 0);
  });
}

ProbeErrno probe_kcmp() {
  return at_syscall_entry([](pid_t tracee) -> ProbeErrno {
    return errno_unless(::syscall(SYS_kcmp, ::getpid(), tracee, KCMP_VM, 0, 0) >= 0);
  });
}

ProbeErrno probe_debug_registers() {
  const auto stop_and_mark = [] {
    ::raise(SIGSTOP);
    mark = kMark;
  };
  return with_tracee(stop_and_mark, PTRACE_CONT, 0, [](pid_t tracee, int status) -> ProbeErrno {
    constexpr std::uintptr_t kRegisters = offsetof(user, u_debugreg);
    constexpr std::uintptr_t kWatched = 1 << DR_LOCAL_ENABLE_SHIFT | (DR_RW_WRITE | DR_LEN_4) << DR_CONTROL_SHIFT;
    const auto set = [&](unsigned number, const volatile void* value) {
      return ptrace(PTRACE_POKEUSR, tracee, kRegisters + number * sizeof(long), const_cast<const void*>(value)) == 0;
    };
    if (!set(DR_FIRSTADDR, &mark) || !set(DR_CONTROL, as_data(kWatched))) return errno;
    if (ptrace(PTRACE_CONT, tracee, 0, nullptr) != 0 || ::waitpid(tracee, &status, 0) != tracee) return errno;
    return WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP ? 0 : ENOSYS;
  });
}

ProbeErrno probe_pidfd_getfd() {
  return in_child([]() -> ProbeErrno {
    int ends[2];
    if (::pipe(ends) != 0) return errno;
    const pid_t holder = ::fork();
    if (holder < 0) return errno;
    if (holder == 0)
      for (;;) ::pause();
    const long pidfd = ::syscall(SYS_pidfd_open, holder, 0);
    ProbeErrno result = errno_unless(pidfd >= 0);
    if (result == 0) result = errno_unless(::syscall(SYS_pidfd_getfd, pidfd, ends[0], 0) >= 0);
    ::kill(holder, SIGKILL);
    ::waitpid(holder, nullptr, 0);
    return result;
  });
}

ProbeErrno probe_user_dispatch() {
  return in_child([] {
    static char selector = SYSCALL_DISPATCH_FILTER_ALLOW;
    return errno_unless(::prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, 0, 0, &selector) == 0);
  });
}

ProbeErrno probe_compat_calls() {
  return in_child([]() -> ProbeErrno {
    constexpr int kGetpidOfI386 = 20;
    int result = kGetpidOfI386;
    asm volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
    return result == ::getpid() ? 0 : ENOSYS;
  });
}

ProbeErrno probe_attach(Pid pid) {
  return in_child([&] { return errno_unless(ptrace(PTRACE_SEIZE, pid.value, 0, nullptr) == 0); });
}

}  // namespace tether::sys
