#pragma once
// ptrace(2), typed: one function per request that tether uses, each returning a Result.
//
// ESRCH becomes ErrorCode::TraceeGone here and nowhere else. ptrace says ESRCH for three reasons: no such task, a task
// that is not ours, a task that is not stopped. The second and third cannot happen to a caller that holds a Stop
// (tracee/stop.h), so what remains is that the tracee was killed meanwhile: weather.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tether/arch/abi.h"
#include "tether/base/ids.h"
#include "tether/base/result.h"

namespace tether::sys {

/// PTRACE_O_* as options of ours; see ptrace(2), PTRACE_SETOPTIONS.
struct TraceOptions {
  bool follow = true;            ///< TRACECLONE, TRACEFORK, TRACEVFORK, TRACEVFORKDONE
  bool exec = true;              ///< TRACEEXEC
  bool exit = false;             ///< TRACEEXIT: stop a task before it is gone
  bool seccomp = false;          ///< TRACESECCOMP
  bool exit_kill = false;        ///< EXITKILL
  bool suspend_seccomp = false;  ///< SUSPEND_SECCOMP: filters see nothing; wants CAP_SYS_ADMIN (EPERM). Linux ≥ 4.3
};

/// PTRACE_SEIZE: attach without stopping. Linux ≥ 3.4.
Result<void> seize(Tid tid, TraceOptions options);

/// PTRACE_INTERRUPT: make a seized tracee stop soon. No effect on one that is stopped already.
Result<void> interrupt(Tid tid);

/// PTRACE_TRACEME, called in the child itself.
Result<void> trace_me();

Result<void> set_options(Tid tid, TraceOptions options);

enum class Resume : std::uint8_t {
  Cont,     ///< PTRACE_CONT: until the next event or signal
  Syscall,  ///< PTRACE_SYSCALL: also stop at the next system call's entry or exit
  Step,     ///< PTRACE_SINGLESTEP: one instruction, then SIGTRAP with TRAP_TRACE
  Listen,   ///< PTRACE_LISTEN: stay group-stopped, but hear of SIGCONT
  Detach,   ///< PTRACE_DETACH
};

/// Resumes a stopped tracee, delivering `signal` unless it is 0.
Result<void> resume(Tid tid, Resume how, Signal signal);

/// What PTRACE_GET_SYSCALL_INFO says of a stopped tracee (Linux ≥ 5.3).
struct SyscallStopInfo {
  enum class Op : std::uint8_t { None = 0, Entry = 1, Exit = 2, Seccomp = 3 } op = Op::None;
  Abi abi = Abi::X86_64;
  bool abi_known = true;  ///< false: an AUDIT_ARCH other than x86-64 and i386
  bool is_error = false;  ///< Exit
  std::uint64_t instruction_pointer = 0;
  std::uint64_t stack_pointer = 0;
  std::uint64_t nr = 0;           ///< Entry, Seccomp
  std::uint64_t args[6] = {};     ///< Entry, Seccomp
  std::int64_t return_value = 0;  ///< Exit
};
Result<SyscallStopInfo> syscall_info(Tid tid);

/// PTRACE_GETEVENTMSG: the new task's id, the former tid at exec, the exit status.
Result<std::uint64_t> event_message(Tid tid);

/// PTRACE_GETSIGINFO into the 128 bytes of the kernel's siginfo_t. Fails with EINVAL in the group-stop of a tracee that
/// was not seized.
Result<void> signal_info(Tid tid, std::span<std::byte, 128> out);
/// PTRACE_SETSIGINFO.
Result<void> set_signal_info(Tid tid, std::span<const std::byte, 128> info);

/// The raw words of struct user_regs_struct (<sys/user.h>), 64-bit layout also for i386 tracees: arch/ gives them
/// names.
inline constexpr std::size_t kUserRegsWords = 27;
Result<void> general_registers(Tid tid, std::span<std::uint64_t, kUserRegsWords> out);
Result<void> set_general_registers(Tid tid, std::span<const std::uint64_t, kUserRegsWords> words);

/// The bits of a thread's blocked signals; bit N-1 is signal N.
using SignalMask = std::uint64_t;
/// PTRACE_GETSIGMASK: the mask that the thread has outside of calls that replace it for their time (sigsuspend, ppoll).
/// Linux ≥ 3.11.
Result<SignalMask> signal_mask(Tid tid);
/// PTRACE_SETSIGMASK. A call that had replaced the mask for its time is restarted with the new one as the outer mask.
Result<void> set_signal_mask(Tid tid, SignalMask mask);

enum class SignalQueue : std::uint8_t { Thread, Process };
using SignalInfo = std::array<std::byte, 128>;
/// PTRACE_PEEKSIGINFO: up to `most` signals that wait in a queue, from the `first`th on, oldest first; they stay there.
/// Linux ≥ 3.10.
Result<std::vector<SignalInfo>> pending_signals(Tid tid, SignalQueue queue, std::uint64_t first, std::size_t most);

/// PTRACE_GETREGSET of note type `type` (NT_X86_XSTATE, … of <elf.h>) into `out`; how many bytes the kernel had.
/// Unsupported (EINVAL, ENODEV) where the machine has no such set.
Result<std::size_t> register_set(Tid tid, std::uint32_t type, std::span<std::byte> out);
/// PTRACE_SETREGSET. The kernel checks the contents: Malformed (EINVAL) for reserved bits.
Result<void> set_register_set(Tid tid, std::uint32_t type, std::span<const std::byte> bytes);

/// Whether a stopped task runs 64-bit or 32-bit code: the kernel gives NT_PRSTATUS in the layout of the code segment
/// that it would return to (arch/x86/kernel/ptrace.c, task_user_regset_view).
Result<Abi> code_abi(Tid tid);

/// PTRACE_PEEKUSER and POKEUSER: the word at `offset` of the kernel's struct user (<sys/user.h>): debug registers.
Result<std::uint64_t> user_word(Tid tid, std::size_t offset);
Result<void> set_user_word(Tid tid, std::size_t offset, std::uint64_t value);

/// PTRACE_GET_THREAD_AREA: where the segment of the global descriptor table begins that selector `selector` names
/// (set_thread_area(2)): i386's thread pointer. NotFound (EINVAL) for a selector of another kind.
Result<std::uint64_t> thread_area_base(Tid tid, std::uint16_t selector);

/// Where a thread's restartable-sequence area is; {0, 0} if it has registered none. Linux ≥ 5.13
/// (PTRACE_GET_RSEQ_CONFIGURATION); Unsupported before.
struct RseqArea {
  std::uint64_t address = 0;
  std::uint32_t size = 0;
};
Result<RseqArea> rseq_area(Tid tid);

}  // namespace tether::sys
