// How a thread is stepped without noticing.
//
// 1. The step. PTRACE_SINGLESTEP sets the trap flag; the processor traps behind the instruction, and the kernel sends
//    SIGTRAP with TRAP_TRACE, whose delivery we suppress. PTRACE_GETREGS hides a trap flag that the kernel set itself;
//    one that we see is the program's own, and then the SIGTRAP is the program's as well and is delivered.
//
// 2. System calls are not stepped but run with PTRACE_SYSCALL from the instruction to the stop at its entry and to the
//    one at its exit. So the trap flag is not in the r11 that `syscall` leaves behind, and a thread that blocks in the
//    kernel has no SIGTRAP waiting for it when it is let go. A call that a signal interrupted is begun again by the
//    kernel; the thread stands behind its instruction, which is two bytes long whatever it is (`syscall`, `sysenter`,
//    `int $0x80`), and will execute it once more.
//
// 3. The trap flag is hidden from the program. `pushf` stores it: we clear it in the stack. Before `popf` and `iret`
//    the kernel does not note that the flag is its own (arch/x86/kernel/step.c, is_setting_trap_flag), since they set
//    it. If a signal comes before they are executed we take the flag out of the registers. Once they are executed the
//    kernel would take the flag of the next step for the program's, until it has been resumed without a step: so it is
//    resumed, with an interrupt that stops it before it has left the kernel. `mov ss` holds the trap back until behind
//    the next instruction, so two were executed.
//
// 4. SIGTRAP that is forced on a thread which blocks or ignores it makes the kernel unblock it and forget its handler
//    (kernel/signal.c, force_sig_info_to_task). So for a thread that blocks SIGTRAP we unblock it by PTRACE_SETSIGMASK
//    before an instruction, and block it again before the program could see that: before system calls, and before
//    signals with handlers, whose frames hold the mask. No instruction is executed between a call with a mask of its
//    own that a signal has ended and that signal, so there the mask is left alone.
//
// 5. Signals. Each is delivered by the next step. One with a handler is delivered without a trap flag, which its frame
//    might store, and with an interrupt, which stops the thread before the handler's first instruction.
//
// 6. Restartable sequences are run as a whole (step_sequence.cc), and so are calls if that is wished (step_over.cc).

#include "tether/control/stepper.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

#include "tether/arch/breakpoint_instruction.h"
#include "tether/arch/syscall_restart.h"
#include "tether/arch/x86_64/registers.h"
#include "tether/control/clean_memory.h"
#include "tether/control/internal/trap_flag.h"
#include "tether/procfs/status.h"
#include "tether/sys/process_memory.h"

namespace tether {

namespace x86 = arch::x86_64;

namespace {

constexpr sys::TraceOptions kTraceOptions{.follow = false, .exec = true, .exit = true};
constexpr std::uint8_t kCallInstructionLength = 2;
constexpr std::uint8_t kLinuxCallVector = 0x80;
constexpr sys::SignalMask kTrapBit = sys::SignalMask{1} << (SIGTRAP - 1);

/// Behind an interrupted system call that the kernel will begin again.
bool awaits_restart(const GeneralRegisters& registers, Abi abi) {
  const auto result = registers.words[x86::kResultWord];
  return static_cast<std::int32_t>(registers.words[x86::kSyscallNumberWord]) >= 0 &&
         (is_restart_code(static_cast<std::int64_t>(result)) ||
          (abi == Abi::I386 && is_restart_code(static_cast<std::int32_t>(result))));
}

Result<void> refuse_if_trap_is_ignored(Tid tid) {
  const procfs::Status status = TETHER_TRY(procfs::read_status(tid));
  if ((status.signals_ignored & kTrapBit) == 0) return ok();
  return fail({.code = ErrorCode::Unsupported,
               .message = "thread " + std::to_string(tid.value) +
                          " ignores SIGTRAP, and the kernel would make it forget "
                          "that at the first step",
               .hint = {}});
}

}  // namespace

bool Stepper::Upcoming::is_system_call() const {
  using disasm::Flow;
  if (is_restarted_call) return true;
  if (!instruction) return false;
  return instruction->flow == Flow::SystemCall ||
         (instruction->flow == Flow::Interrupt && instruction->vector == kLinuxCallVector);
}

Result<std::unique_ptr<Stepper>> Stepper::make(StepTarget target, StepOptions options) {
  auto disassembler = TETHER_TRY(disasm::Disassembler::open());
  TETHER_CHECK(refuse_if_trap_is_ignored(target.tid));
  return std::unique_ptr<Stepper>(new Stepper(target, options, std::move(disassembler)));
}

Result<std::unique_ptr<Stepper>> Stepper::seize(StepTarget target, StepOptions options) {
  auto stepper = TETHER_TRY(make(target, options));
  if (options.others == StepOptions::Others::RunOn) {
    HeldTask task = TETHER_TRY(HeldTask::seize(target.tid, {.trace = kTraceOptions}));
    TETHER_CHECK(stepper->begin(task.take_stop()));
    return stepper;
  }
  stepper->others_.emplace(TETHER_TRY(HeldProcess::seize(target.pid, {}, HeldProcess::Sleepers::LeaveOut)));
  HeldTask* task = stepper->others_->find(target.tid);
  if (task == nullptr)
    return fail({.code = ErrorCode::Busy,
                 .message = "thread " + std::to_string(target.tid.value) + " does not stop",
                 .hint = "it sleeps in the kernel, and executes nothing before what it waits for has come"});
  TETHER_CHECK(sys::set_options(target.tid, kTraceOptions));
  TETHER_CHECK(stepper->begin(task->take_stop()));
  return stepper;
}

Result<std::unique_ptr<Stepper>> Stepper::take(StepTarget target, AnyStop&& stop, StepOptions options) {
  auto stepper = TETHER_TRY(make(target, options));
  TETHER_CHECK(sys::set_options(target.tid, kTraceOptions));
  TETHER_CHECK(stepper->begin(std::move(stop)));
  return stepper;
}

Stepper::~Stepper() {
  [[maybe_unused]] const auto released = release();
}

Result<void> Stepper::begin(AnyStop&& stop) {
  is_released_ = false;
  may_run_alone_ = std::holds_alternative<GroupStop>(stop);
  if (auto* signalled = std::get_if<SignalDeliveryStop>(&stop))
    queue_.emplace_back(SignalArrived{signalled->signal(), TETHER_TRY(signalled->info())});
  stop_ = std::move(stop);
  if (std::holds_alternative<ExecStop>(*stop_)) return leave_exec();
  TETHER_CHECK(look_ahead());
  sequence_pointer_ = find_sequence_pointer(tid());
  return leave_sequence();
}

/// From the stop within execve to the new program's first instruction.
Result<void> Stepper::leave_exec() {
  while (!std::holds_alternative<SyscallExitStop>(*stop_)) {
    TETHER_CHECK(resume(*std::exchange(stop_, std::nullopt), Until::NextSyscallStop));
    Waited waited = TETHER_TRY(await());
    if (std::holds_alternative<Woken>(waited)) continue;
    if (std::holds_alternative<Ended>(waited))
      return fail({.code = ErrorCode::TraceeGone, .message = "the process ended at its exec", .hint = {}});
    stop_ = std::get<AnyStop>(std::move(waited));
  }
  return look_ahead();
}

Result<Abi> Stepper::code_abi(const GeneralRegisters& registers) {
  const std::uint64_t segment = registers.words[x86::kCodeSegmentWord];
  if (segment != code_segment_) {
    code_abi_ = TETHER_TRY(sys::code_abi(tid()));
    code_segment_ = segment;
  }
  return code_abi_;
}

std::optional<disasm::Instruction> Stepper::decode(RemoteAddr at, Abi abi) const {
  std::array<std::byte, disasm::Instruction::kMostBytes> bytes;
  const std::size_t got = sys::read_process_memory(tid(), at, bytes);
  auto decoded = disassembler_.decode(std::span(bytes).first(got), at, abi);
  return decoded.has_value() ? std::optional(std::move(*decoded)) : std::nullopt;
}

Result<void> Stepper::look_ahead() {
  upcoming_.registers = TETHER_TRY(std::visit([](const Stop& stop) { return stop.registers(); }, *stop_));
  const GeneralRegisters& registers = upcoming_.registers;
  upcoming_.abi = TETHER_TRY(code_abi(registers));
  upcoming_.is_restarted_call = awaits_restart(registers, upcoming_.abi);
  upcoming_.address = x86::instruction_pointer(registers);
  if (upcoming_.is_restarted_call) upcoming_.address.value -= kCallInstructionLength;
  upcoming_.has_own_trap_flag = has_trap_flag(registers);
  upcoming_.instruction = decode(upcoming_.address, upcoming_.abi);
  return ok();
}

Result<void> Stepper::resume(AnyStop&& stop, Until until) {
  if (auto* group = std::get_if<GroupStop>(&stop); group != nullptr && may_run_alone_)
    return std::move(*group).run_alone(until);
  return go_on(std::move(stop), until);
}

/// Lets the thread do the next thing.
Result<void> Stepper::resume() {
  if (const auto sequence = begun_sequence()) return run_sequence(*sequence);
  AnyStop stop = *std::exchange(stop_, std::nullopt);
  const auto* signalled = std::get_if<SignalDeliveryStop>(&stop);
  bool enters_handler = false;
  if (signalled != nullptr) {
    delivering_ = signalled->signal();
    const procfs::Status status = TETHER_TRY(procfs::read_status(tid()));
    enters_handler = (status.signals_caught >> (delivering_.value - 1) & 1) != 0;
  }
  const bool is_stopped = std::holds_alternative<GroupStop>(stop) && !may_run_alone_;
  if (enters_handler || is_stopped || upcoming_.is_system_call())
    TETHER_CHECK(block_trap_again());
  else
    TETHER_CHECK(let_trap_through());
  const bool to_call = upcoming_.is_system_call() && !enters_handler;
  runs_call_ = to_call && !is_stopped && signalled == nullptr;
  if (to_call || enters_handler) is_mask_known_ = false;
  awaits_handler_ = enters_handler;
  if (enters_handler) TETHER_CHECK(sys::interrupt(tid()));
  return resume(std::move(stop), enters_handler ? Until::NextEvent
                                 : to_call      ? Until::NextSyscallStop
                                                : Until::NextInstruction);
}

/// Behind a call with a mask of its own, such as epoll_pwait: whether a signal that only this mask lets through is
/// about to be delivered. To set a mask would throw that one away (remote_calls.cc, 4).
Result<bool> Stepper::is_signal_due_by_call(sys::SignalMask own) const {
  const procfs::Status status = TETHER_TRY(procfs::read_status(tid()));
  const sys::SignalMask pending = status.signals_pending | status.signals_pending_process;
  return status.signals_blocked != own && (pending & ~status.signals_blocked) != 0;
}

Result<void> Stepper::let_trap_through() {
  if (is_mask_known_) return ok();
  const sys::SignalMask mask = TETHER_TRY(sys::signal_mask(tid()));
  if ((mask & kTrapBit) != 0 && TETHER_TRY(is_signal_due_by_call(mask))) return ok();
  is_mask_known_ = true;
  if ((mask & kTrapBit) == 0) return ok();
  is_trap_let_through_ = true;
  return sys::set_signal_mask(tid(), mask & ~kTrapBit);
}

Result<void> Stepper::block_trap_again() {
  if (!is_trap_let_through_) return ok();
  is_trap_let_through_ = false;
  is_mask_known_ = false;
  TETHER_CHECK(sys::set_signal_mask(tid(), TETHER_TRY(sys::signal_mask(tid())) | kTrapBit));
  if (std::exchange(owes_trap_, false)) ::syscall(SYS_tgkill, target_.pid.value, tid().value, SIGTRAP);
  return ok();
}

Result<Stepper::Happening> Stepper::step() {
  while (queue_.empty()) {
    auto happening = TETHER_TRY(move_once());
    auto* executed = happening ? std::get_if<Executed>(&*happening) : nullptr;
    const bool is_call =
        executed != nullptr && executed->instruction && executed->instruction->flow == disasm::Flow::Call;
    if (is_call && options_.calls == StepOptions::Calls::Over) {
      TETHER_CHECK(run_over(*executed));
      if (stop_) sequence_pointer_ = find_sequence_pointer(tid());  // rseq(2) may have been called
    }
    if (happening) return std::move(*happening);
  }
  Happening next = std::move(queue_.front());
  queue_.pop_front();
  return next;
}

/// Resumes and awaits; absent if that led to nothing that anyone has to know.
Result<std::optional<Stepper::Happening>> Stepper::move_once() {
  using Maybe = std::optional<Happening>;
  if (end_) return Maybe(*end_);
  // Left there by a tether that was killed: it would end the process.
  const bool is_at_breakpoint =
      upcoming_.instruction && upcoming_.instruction->bytes[0] == arch::kBreakpointInstruction;
  if (stop_ && is_at_breakpoint) TETHER_CHECK(refuse_planted(target_.pid, upcoming_.address, 1));
  if (stop_) TETHER_CHECK(resume());
  Waited waited = TETHER_TRY(await());
  if (const auto* ended = std::get_if<Ended>(&waited)) return Maybe(*ended);
  if (std::holds_alternative<Woken>(waited)) return Maybe(Woken{});
  return interpret(std::get<AnyStop>(std::move(waited)));
}

}  // namespace tether
