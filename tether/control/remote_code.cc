// How a thread runs a function for us.
//
// As in remote_calls.cc its registers are set and later put back, signals wait, and the interrupted call is restarted.
// What remains is to know when the function returns. A breakpoint there would be a change of shared code, and a return
// to nowhere a SIGSEGV, whose disposition the kernel resets if it is ignored or blocked (kernel/signal.c,
// force_sig_info_to_task). So the function returns to the vDSO's own system call instruction, and the thread, which
// runs under PTRACE_SYSCALL, stops at the entry of a call whose number is the function's result. That call is not made:
// its number becomes -1. The vDSO uses the instruction for itself, too; then the stack pointer is another.
//
// Signals of faults cannot wait, and are not blocked, for the same reason. A fault within the function is not
// delivered: it is the caller's, not the process's. One that the process ignores has lost its disposition by then and
// gets it back.
//
// Code that does not return can be left: the thread is put back as it was, and what the code has done stays done. If it
// held a lock, nobody will ever give that back, and whoever wants it next waits for ever. So code that is merely no
// longer wanted is left only where the caller knows of no lock, and is let run on elsewhere. A thread that is sent on
// from such a look must find its call as it was, which is what repair_interruption() is for.

#include <signal.h>

#include <array>
#include <cstring>

#include "tether/arch/syscall_restart.h"
#include "tether/arch/x86_64/registers.h"
#include "tether/control/remote_calls.h"
#include "tether/control/scratch.h"
#include "tether/control/signals.h"
#include "tether/procfs/status.h"

namespace tether {

namespace x86 = arch::x86_64;

namespace {

constexpr sys::SignalMask all_but_faults() {
  sys::SignalMask mask = ~sys::SignalMask{0};
  for (const int signal : kFaultSignals) mask &= ~bit_of(Signal(signal));
  return mask;
}

}  // namespace

Result<RemoteCalls::CodeEnd> RemoteCalls::run_code(const GeneralRegisters& registers, RemoteAddr stack_at_end,
                                                   std::chrono::milliseconds patience,
                                                   const ObstacleFinder& find_obstacle) {
  const sys::SignalMask ignored = TETHER_TRY(procfs::read_status(tid_)).signals_ignored;
  has_run_ = true;
  if (way_back_) way_back_->forget();
  TETHER_CHECK(sys::set_signal_mask(tid_, all_but_faults()));
  GeneralRegisters first = registers;
  first.words[x86::kSyscallNumberWord] = ~std::uint64_t{0};
  TETHER_CHECK(task_->set_registers(first));
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const RunEnd ran = TETHER_TRY(run_to_stop(deadline));
    if (auto end = TETHER_TRY(take_code_stop(stack_at_end))) {
      TETHER_CHECK(sys::set_signal_mask(tid_, ~sys::SignalMask{0}));
      if (end->how != CodeEnd::How::Faulted) return *std::move(end);
      siginfo_t fault;
      std::memcpy(&fault, end->fault.data(), sizeof fault);
      if ((ignored & bit_of(Signal(fault.si_signo))) != 0) TETHER_CHECK(ignore_again(Signal(fault.si_signo)));
      return *std::move(end);
    }
    if (ran == RunEnd::TimeUp || (ran == RunEnd::Unwanted && TETHER_TRY(may_leave_code(find_obstacle)))) {
      const auto how = ran == RunEnd::TimeUp ? CodeEnd::How::TimedOut : CodeEnd::How::Unwanted;
      const CodeEnd end{.how = how, .registers = TETHER_TRY(task_->registers())};
      TETHER_CHECK(leave_stop_within_code());
      return end;
    }
  }
}

Result<bool> RemoteCalls::may_leave_code(const ObstacleFinder& find_obstacle) {
  if (options_.wish() == RemoteCallOptions::Wish::LeaveAtOnce || !find_obstacle) return true;
  const auto obstacle = find_obstacle(*task_);
  if (!obstacle) return true;
  if (options_.stays && !has_told_stay_) options_.stays(*obstacle);
  has_told_stay_ = true;
  TETHER_CHECK(repair_interruption());
  return false;
}

/// What a stop means for the code that runs; nullopt if nothing.
Result<std::optional<RemoteCalls::CodeEnd>> RemoteCalls::take_code_stop(RemoteAddr stack_at_end) {
  if (const auto* entry = std::get_if<SyscallEntryStop>(&task_->stop())) {
    const sys::SyscallStopInfo& info = entry->info();
    if (info.instruction_pointer == (instruction_ + x86::kSyscallInstruction.size()).value &&
        info.stack_pointer == stack_at_end.value)
      return TETHER_TRY(end_at_return());
    TETHER_CHECK(protect_restart_block({info.abi, static_cast<std::uint32_t>(info.nr)}));
    return std::nullopt;
  }
  const auto* signalled = std::get_if<SignalDeliveryStop>(&task_->stop());
  if (signalled == nullptr) return std::nullopt;
  const SigInfoBytes info = TETHER_TRY(signalled->info());
  if (!is_fault(signalled->signal(), info)) return std::nullopt;
  const CodeEnd end{.how = CodeEnd::How::Faulted, .registers = TETHER_TRY(task_->registers()), .fault = info};
  TETHER_CHECK(sys::interrupt(tid_));  // so that going on without the signal executes nothing
  AnyStop stop = task_->take_stop();
  TETHER_CHECK(std::get<SignalDeliveryStop>(std::move(stop)).suppress(Until::NextEvent));
  task_->put_stop(TETHER_TRY(await_stop(tid_, options_.patience)));
  return end;
}

Result<RemoteCalls::CodeEnd> RemoteCalls::end_at_return() {
  CodeEnd end{.how = CodeEnd::How::Returned, .registers = TETHER_TRY(task_->registers())};
  end.registers.words[x86::kResultWord] = end.registers.words[x86::kSyscallNumberWord];
  TETHER_CHECK(leave_stop_within_code());
  return end;
}

/// A call that is about to begin is not made; a signal that is about to be delivered is owed.
Result<void> RemoteCalls::leave_stop_within_code() {
  while (std::holds_alternative<SignalDeliveryStop>(task_->stop())) {
    TETHER_CHECK(sys::interrupt(tid_));
    TETHER_CHECK(run_and_await(Until::NextEvent, options_.patience));
  }
  if (!std::holds_alternative<SyscallEntryStop>(task_->stop())) return ok();
  GeneralRegisters cancelled = TETHER_TRY(task_->registers());
  cancelled.words[x86::kSyscallNumberWord] = ~std::uint64_t{0};
  TETHER_CHECK(task_->set_registers(cancelled));
  return run_to_syscall_stop(std::chrono::steady_clock::now() + options_.patience);
}

/// As the process had it before the fault.
Result<void> RemoteCalls::ignore_again(Signal signal) {
  constexpr std::size_t kActionSize =
      32;  // the larger of the two layouts: two words, a word, a 64-bit set (asm/signal.h)
  std::array<std::byte, kActionSize> action{};
  action[0] = std::byte{1};  // the handler comes first: SIG_IGN
  Scratch scratch = TETHER_TRY(Scratch::map(*this, action.size()));
  const RemoteAddr where = TETHER_TRY(scratch.put(action));
  const std::int64_t result =
      TETHER_TRY(call(RemoteCall::RtSigaction,
                      {static_cast<std::uint64_t>(signal.value), where.value, 0, sizeof(sys::SignalMask), 0, 0}));
  TETHER_TRY(checked(result, "ignoring the signal again"));
  return scratch.unmap();
}

}  // namespace tether
