#include "tether/sys/ptrace.h"

#include <elf.h>
#include <linux/audit.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <unistd.h>

#include <cerrno>

namespace tether::sys {

static_assert(sizeof(user_regs_struct) == kUserRegsWords * sizeof(std::uint64_t));
static_assert(sizeof(siginfo_t) == 128);

namespace {

// glibc's ptrace() is variadic and its header clashes with <linux/ptrace.h>, which alone has PTRACE_GET_SYSCALL_INFO's
// layout.
long raw_ptrace(long request, Tid tid, std::uintptr_t addr, std::uintptr_t data) {
  return ::syscall(SYS_ptrace, request, static_cast<long>(tid.value), addr, data);
}

template <class T>
std::uintptr_t pointer(T* object) {
  return reinterpret_cast<std::uintptr_t>(object);
}

std::unexpected<Error> failed(const char* request) {
  const int err = errno;
  if (err == ESRCH)
    return fail({.code = ErrorCode::TraceeGone, .sys_errno = err, .message = "the tracee is gone", .hint = {}});
  return fail(errno_error(err, request));
}

std::uintptr_t option_bits(TraceOptions options) {
  std::uintptr_t bits = PTRACE_O_TRACESYSGOOD;
  if (options.follow) bits |= PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEVFORKDONE;
  if (options.exec) bits |= PTRACE_O_TRACEEXEC;
  if (options.exit) bits |= PTRACE_O_TRACEEXIT;
  if (options.seccomp) bits |= PTRACE_O_TRACESECCOMP;
  if (options.exit_kill) bits |= PTRACE_O_EXITKILL;
  return bits;
}

}  // namespace

Result<void> seize(Tid tid, TraceOptions options) {
  if (raw_ptrace(PTRACE_SEIZE, tid, 0, option_bits(options)) != 0) return failed("PTRACE_SEIZE");
  return ok();
}

Result<void> interrupt(Tid tid) {
  if (raw_ptrace(PTRACE_INTERRUPT, tid, 0, 0) != 0) return failed("PTRACE_INTERRUPT");
  return ok();
}

Result<void> trace_me() {
  if (raw_ptrace(PTRACE_TRACEME, Tid(0), 0, 0) != 0) return failed("PTRACE_TRACEME");
  return ok();
}

Result<void> set_options(Tid tid, TraceOptions options) {
  if (raw_ptrace(PTRACE_SETOPTIONS, tid, 0, option_bits(options)) != 0) return failed("PTRACE_SETOPTIONS");
  return ok();
}

Result<void> resume(Tid tid, Resume how, Signal signal) {
  static constexpr long kRequests[] = {PTRACE_CONT, PTRACE_SYSCALL, PTRACE_LISTEN, PTRACE_DETACH};
  static constexpr const char* kNames[] = {"PTRACE_CONT", "PTRACE_SYSCALL", "PTRACE_LISTEN", "PTRACE_DETACH"};
  const auto i = static_cast<std::size_t>(how);
  if (raw_ptrace(kRequests[i], tid, 0, static_cast<std::uintptr_t>(signal.value)) != 0) return failed(kNames[i]);
  return ok();
}

Result<SyscallStopInfo> syscall_info(Tid tid) {
  ptrace_syscall_info raw;
  // The return value is the size that the kernel has; it always covers what the op says is there.
  if (raw_ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof raw, pointer(&raw)) < 0) return failed("PTRACE_GET_SYSCALL_INFO");
  SyscallStopInfo info;
  info.op = static_cast<SyscallStopInfo::Op>(raw.op);
  info.instruction_pointer = raw.instruction_pointer;
  info.stack_pointer = raw.stack_pointer;
  info.abi = raw.arch == AUDIT_ARCH_I386 ? Abi::I386 : Abi::X86_64;
  info.abi_known = raw.arch == AUDIT_ARCH_I386 || raw.arch == AUDIT_ARCH_X86_64;
  if (info.op == SyscallStopInfo::Op::Exit) {
    info.return_value = raw.exit.rval;
    info.is_error = raw.exit.is_error != 0;
  } else if (info.op != SyscallStopInfo::Op::None) {
    // `seccomp` begins with the same members as `entry`.
    info.nr = raw.entry.nr;
    for (int i = 0; i < 6; ++i) info.args[i] = raw.entry.args[i];
  }
  return info;
}

Result<std::uint64_t> event_message(Tid tid) {
  unsigned long message = 0;
  if (raw_ptrace(PTRACE_GETEVENTMSG, tid, 0, pointer(&message)) != 0) return failed("PTRACE_GETEVENTMSG");
  return message;
}

Result<void> signal_info(Tid tid, std::span<std::byte, 128> out) {
  if (raw_ptrace(PTRACE_GETSIGINFO, tid, 0, pointer(out.data())) != 0) return failed("PTRACE_GETSIGINFO");
  return ok();
}

Result<void> set_signal_info(Tid tid, std::span<const std::byte, 128> info) {
  if (raw_ptrace(PTRACE_SETSIGINFO, tid, 0, pointer(info.data())) != 0) return failed("PTRACE_SETSIGINFO");
  return ok();
}

Result<void> general_registers(Tid tid, std::span<std::uint64_t, kUserRegsWords> out) {
  if (raw_ptrace(PTRACE_GETREGS, tid, 0, pointer(out.data())) != 0) return failed("PTRACE_GETREGS");
  return ok();
}

Result<void> set_general_registers(Tid tid, std::span<const std::uint64_t, kUserRegsWords> words) {
  if (raw_ptrace(PTRACE_SETREGS, tid, 0, pointer(words.data())) != 0) return failed("PTRACE_SETREGS");
  return ok();
}

}  // namespace tether::sys
