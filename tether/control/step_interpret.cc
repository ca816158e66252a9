// Stepper: what a stop means.

#include <signal.h>

#include <chrono>
#include <utility>

#include "tether/arch/x86_64/registers.h"
#include "tether/control/internal/trap_flag.h"
#include "tether/control/internal/trap_signal.h"
#include "tether/control/stepper.h"
#include "tether/tracee/interrupted_call.h"

namespace tether {

namespace x86 = arch::x86_64;

Result<std::optional<Stepper::Happening>> Stepper::interpret(AnyStop&& stop) {
  using Maybe = std::optional<Happening>;
  if (running_sequence_) return interpret_in_sequence(std::move(stop));
  if (auto* signalled = std::get_if<SignalDeliveryStop>(&stop)) return interpret_signal(std::move(*signalled));
  if (std::holds_alternative<SyscallExitStop>(stop)) {
    stop_ = std::move(stop);
    return Maybe(TETHER_TRY(finish_instruction()));
  }
  if (auto* exit = std::get_if<ExitStop>(&stop)) {
    end_ = Ended{static_cast<std::int32_t>(exit->wait_status())};
    TETHER_CHECK(std::move(*exit).detach());
    if (!runs_call_) return Maybe(*end_);
    queue_.emplace_back(*end_);  // the call was made, and does not return
    return Maybe(Executed{.number = ++executed_,
                          .address = upcoming_.address,
                          .abi = upcoming_.abi,
                          .instruction = std::move(upcoming_.instruction),
                          .is_restarted_call = upcoming_.is_restarted_call,
                          .before = upcoming_.registers,
                          .after = upcoming_.registers});
  }
  Maybe happening;
  if (auto* group = std::get_if<GroupStop>(&stop)) {
    if (!may_run_alone_ && !std::exchange(is_group_stopped_, true)) happening = GroupStopped{group->signal()};
  } else if (std::holds_alternative<InterruptStop>(stop) && std::exchange(awaits_handler_, false)) {
    return enter_handler(std::move(stop));
  } else if (std::holds_alternative<InterruptStop>(stop)) {
    may_run_alone_ = false;
    if (std::exchange(is_group_stopped_, false)) happening = Continued{};
  } else if (std::holds_alternative<ExecStop>(stop)) {
    target_.tid = tid_of(stop);
    sequence_pointer_.reset();
    sequences_.clear();
    happening = ProgramChanged{};
  }
  stop_ = std::move(stop);
  TETHER_CHECK(hide_flag_of_unexecuted());
  return happening;
}

Result<std::optional<Stepper::Happening>> Stepper::interpret_signal(SignalDeliveryStop&& stop) {
  using Maybe = std::optional<Happening>;
  const SigInfoBytes info = TETHER_TRY(stop.info());
  const bool is_sent = si_code_of(info) <= 0;
  if (stop.signal() == Signal(SIGTRAP) && !is_sent) return interpret_trap(std::move(stop), info);
  if (stop.signal() == Signal(SIGTRAP) && is_trap_let_through_) {
    owes_trap_ = true;
    stop_ = InterruptStop(tid());
    return Maybe();
  }
  TETHER_CHECK(repair_interrupted_call(stop));
  const Signal signal = stop.signal();
  stop_ = std::move(stop);
  TETHER_CHECK(hide_flag_of_unexecuted());
  return Maybe(SignalArrived{signal, info});
}

/// A SIGTRAP of the kernel's: behind a step, at a handler, where a call returns, or the program's own.
Result<std::optional<Stepper::Happening>> Stepper::interpret_trap(SignalDeliveryStop&& stop, const SigInfoBytes& info) {
  using Maybe = std::optional<Happening>;
  const int code = si_code_of(info);
  if (code == TRAP_HWBKPT && return_break_) {
    stop_ = InterruptStop(tid());  // the same stop, without the signal
    TETHER_CHECK(std::exchange(return_break_, std::nullopt)->clear());
    TETHER_CHECK(look_ahead());
    return Maybe();
  }
  if (code == SIGTRAP) return enter_handler(InterruptStop(tid()));  // as after a step, if the handler is a new one
  const bool may_be_call =
      upcoming_.is_system_call() || (upcoming_.instruction && upcoming_.instruction->loads_stack_segment);
  const bool is_step = code == TRAP_TRACE || (code == TRAP_BRKPT && may_be_call);
  if (!is_step || upcoming_.has_own_trap_flag) {
    queue_.emplace_back(SignalArrived{stop.signal(), info});
    stop_ = std::move(stop);
  } else {
    stop_ = InterruptStop(tid());
    if (upcoming_.instruction && upcoming_.instruction->pops_flags) TETHER_CHECK(end_single_stepping());
  }
  return Maybe(TETHER_TRY(finish_instruction()));
}

/// At a handler, unless the signal has none any more.
Result<std::optional<Stepper::Happening>> Stepper::enter_handler(AnyStop&& stop) {
  const RemoteAddr former = x86::instruction_pointer(upcoming_.registers);
  stop_ = std::move(stop);
  TETHER_CHECK(look_ahead());
  if (upcoming_.address == former) return std::optional<Happening>();
  return std::optional<Happening>(HandlerEntered{delivering_, upcoming_.address});
}

/// Makes the kernel forget that it steps, by a resumption that leads nowhere (essay, 3).
Result<void> Stepper::end_single_stepping() {
  TETHER_CHECK(sys::interrupt(tid()));
  TETHER_CHECK(resume(*std::exchange(stop_, std::nullopt), Until::NextEvent));
  stop_ = TETHER_TRY(await_stop(tid(), std::chrono::milliseconds(1000)));
  return ok();
}

Result<Stepper::Executed> Stepper::finish_instruction() {
  if (upcoming_.is_system_call()) sequence_pointer_ = find_sequence_pointer(tid());  // it may be rseq(2)
  Executed done{.address = upcoming_.address,
                .abi = upcoming_.abi,
                .instruction = std::move(upcoming_.instruction),
                .is_restarted_call = upcoming_.is_restarted_call,
                .before = upcoming_.registers};
  const bool hides = !upcoming_.has_own_trap_flag;
  TETHER_CHECK(look_ahead());
  done.number = ++executed_;
  done.after = upcoming_.registers;
  if (hides && done.instruction) TETHER_CHECK(hide_pushed_flag(*done.instruction, done.after));
  if (auto second = TETHER_TRY(find_shadowed(done))) {
    if (hides) TETHER_CHECK(hide_pushed_flag(*second->instruction, second->after));
    second->number = ++executed_;
    queue_.push_front(std::move(*second));
  }
  last_executed_ = done.address;
  TETHER_CHECK(leave_sequence());
  return done;
}

Result<void> Stepper::hide_pushed_flag(const disasm::Instruction& instruction, const GeneralRegisters& after) const {
  if (!instruction.pushes_flags) return ok();
  return clear_pushed_trap_flag(tid(), RemoteAddr(after.words[x86::kStackPointerWord]));
}

/// Of a thread that was stopped before the instruction that would set the flag (essay, 3).
Result<void> Stepper::hide_flag_of_unexecuted() {
  if (!upcoming_.instruction || !upcoming_.instruction->pops_flags || upcoming_.has_own_trap_flag) return ok();
  GeneralRegisters now = TETHER_TRY(std::visit([](const Stop& stop) { return stop.registers(); }, *stop_));
  if (x86::instruction_pointer(now) != upcoming_.address || !has_trap_flag(now)) return ok();
  clear_trap_flag(now);
  return std::visit([&](Stop& stop) { return stop.set_registers(now); }, *stop_);
}

/// The instruction behind one that loads the stack segment, if both were executed in one step.
Result<std::optional<Stepper::Executed>> Stepper::find_shadowed(const Executed& first) const {
  if (!first.instruction || !first.instruction->loads_stack_segment) return std::optional<Executed>();
  const RemoteAddr next = first.instruction->end();
  if (x86::instruction_pointer(first.after) == next) return std::optional<Executed>();
  auto instruction = decode(next, first.abi);
  if (!instruction) return std::optional<Executed>();
  return std::optional(Executed{.address = next,
                                .abi = first.abi,
                                .instruction = std::move(instruction),
                                .before = first.before,
                                .after = first.after});
}

}  // namespace tether
