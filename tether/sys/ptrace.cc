#include "tether/sys/ptrace.h"

#include <asm/ldt.h>
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
  if (options.suspend_seccomp) bits |= PTRACE_O_SUSPEND_SECCOMP;
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
  static constexpr long kRequests[] = {PTRACE_CONT, PTRACE_SYSCALL, PTRACE_SINGLESTEP, PTRACE_LISTEN, PTRACE_DETACH};
  static constexpr const char* kNames[] = {"PTRACE_CONT", "PTRACE_SYSCALL", "PTRACE_SINGLESTEP", "PTRACE_LISTEN",
                                           "PTRACE_DETACH"};
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

Result<SignalMask> signal_mask(Tid tid) {
  SignalMask mask = 0;
  if (raw_ptrace(PTRACE_GETSIGMASK, tid, sizeof mask, pointer(&mask)) != 0) return failed("PTRACE_GETSIGMASK");
  return mask;
}

Result<void> set_signal_mask(Tid tid, SignalMask mask) {
  if (raw_ptrace(PTRACE_SETSIGMASK, tid, sizeof mask, pointer(&mask)) != 0) return failed("PTRACE_SETSIGMASK");
  return ok();
}

Result<std::vector<SignalInfo>> pending_signals(Tid tid, SignalQueue queue, std::uint64_t first, std::size_t most) {
  std::vector<SignalInfo> infos(most);
  ptrace_peeksiginfo_args args{};
  args.off = first;
  args.flags = queue == SignalQueue::Process ? PTRACE_PEEKSIGINFO_SHARED : 0;
  args.nr = static_cast<std::int32_t>(most);
  const long got = raw_ptrace(PTRACE_PEEKSIGINFO, tid, pointer(&args), pointer(infos.data()));
  if (got < 0) return failed("PTRACE_PEEKSIGINFO");
  infos.resize(static_cast<std::size_t>(got));
  return infos;
}

Result<std::size_t> register_set(Tid tid, std::uint32_t type, std::span<std::byte> out) {
  iovec area{out.data(), out.size()};
  if (raw_ptrace(PTRACE_GETREGSET, tid, type, pointer(&area)) != 0) return failed("PTRACE_GETREGSET");
  return area.iov_len;
}

Result<void> set_register_set(Tid tid, std::uint32_t type, std::span<const std::byte> bytes) {
  iovec area{const_cast<std::byte*>(bytes.data()), bytes.size()};
  if (raw_ptrace(PTRACE_SETREGSET, tid, type, pointer(&area)) != 0) return failed("PTRACE_SETREGSET");
  return ok();
}

Result<Abi> code_abi(Tid tid) {
  user_regs_struct registers;
  const std::span<std::byte> bytes = std::as_writable_bytes(std::span(&registers, 1));
  return TETHER_TRY(register_set(tid, NT_PRSTATUS, bytes)) == sizeof registers ? Abi::X86_64 : Abi::I386;
}

Result<std::uint64_t> user_word(Tid tid, std::size_t offset) {
  // The system call itself stores the word where its last argument points (ptrace(2), "C library/kernel differences").
  std::uint64_t word = 0;
  if (raw_ptrace(PTRACE_PEEKUSR, tid, offset, pointer(&word)) != 0) return failed("PTRACE_PEEKUSER");
  return word;
}

Result<void> set_user_word(Tid tid, std::size_t offset, std::uint64_t value) {
  if (raw_ptrace(PTRACE_POKEUSR, tid, offset, value) != 0) return failed("PTRACE_POKEUSER");
  return ok();
}

Result<std::uint64_t> thread_area_base(Tid tid, std::uint16_t selector) {
  user_desc segment{};
  constexpr unsigned kIndexShift = 3;  // below: the table, and the privilege level (Intel SDM vol. 3, 3.4.2)
  if (raw_ptrace(PTRACE_GET_THREAD_AREA, tid, selector >> kIndexShift, pointer(&segment)) < 0)
    return failed("PTRACE_GET_THREAD_AREA");
  return segment.base_addr;
}

Result<RseqArea> rseq_area(Tid tid) {
  ptrace_rseq_configuration raw{};
  if (raw_ptrace(PTRACE_GET_RSEQ_CONFIGURATION, tid, sizeof raw, pointer(&raw)) < 0)
    return failed("PTRACE_GET_RSEQ_CONFIGURATION");
  return RseqArea{.address = raw.rseq_abi_pointer, .size = raw.rseq_abi_size};
}

}  // namespace tether::sys
