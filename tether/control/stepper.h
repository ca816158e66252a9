#pragma once
// Stepper: one thread, executed instruction by instruction, as the kernel and the processor would have it.
//
// The thread is resumed for one instruction at a time (PTRACE_SINGLESTEP), and what each did is told. What stepping
// would show the program is hidden from it: the trap flag in a pushf's image and in the r11 of a system call, the
// SIGTRAP of a step. What belongs to the program reaches it: signals are delivered and their handlers stepped, its own
// int3 and its own trap flag raise SIGTRAP. The essay is in stepper.cc.
//
//   auto stepper = TETHER_TRY(Stepper::seize({.pid = pid, .tid = tid}, {}));
//   for (int i = 0; i < 100; ++i) {
//     Stepper::Happening what = TETHER_TRY(stepper->step());
//     if (auto* done = std::get_if<Stepper::Executed>(&what)) …done->instruction->text…
//   }
//   TETHER_CHECK(stepper->release());                       // the destructor does it too, without a result
//
// Bound to the thread that made it, as all of ptrace(2). Should the tracer be killed while the thread runs, the trap
// flag stays set and the process dies of SIGTRAP: to be used in a guardian (guardian.h).

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "tether/arch/abi.h"
#include "tether/arch/general_registers.h"
#include "tether/base/ids.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"
#include "tether/control/debug_break.h"
#include "tether/control/restartable_sequence.h"
#include "tether/disasm/disassembler.h"
#include "tether/sys/wait.h"
#include "tether/tracee/hold.h"
#include "tether/tracee/stop.h"

namespace tether {

struct StepTarget {
  Pid pid;
  Tid tid;
};

struct StepOptions {
  /// What the other threads of the process do meanwhile.
  enum class Others : std::uint8_t { RunOn, Hold } others = Others::RunOn;
  /// Over: a call is one step, which ends behind it; what it calls runs at full speed.
  enum class Calls : std::uint8_t { Into, Over } calls = Calls::Into;
};

class Stepper {
 public:
  /// One instruction was executed; of a repeated one, one round. `before` and `after` are what the program had.
  struct Executed {
    std::uint64_t number = 0;  ///< 1, 2, …
    RemoteAddr address;
    Abi abi = Abi::X86_64;
    std::optional<disasm::Instruction> instruction;  ///< absent where its bytes could not be read or decoded
    bool is_restarted_call = false;                  ///< an interrupted system call, which the kernel began again
    /// The instruction began a restartable sequence, all of which was run.
    std::optional<RestartableSequence> sequence;
    GeneralRegisters before;
    GeneralRegisters after;
  };
  /// The thread stood in a restartable sequence, which stopping it has aborted; it stands at the abort handler.
  struct SequenceAborted {
    RestartableSequence sequence;
  };
  /// A signal is about to be delivered, by the next step.
  struct SignalArrived {
    Signal signal;
    SigInfoBytes info;
  };
  /// The thread stands at the first instruction of a signal's handler.
  struct HandlerEntered {
    Signal signal;
    RemoteAddr address;
  };
  /// The process was stopped; the next step waits until it is continued.
  struct GroupStopped {
    Signal signal;
  };
  struct Continued {};
  /// The process executes another program now, and the thread is its only one.
  struct ProgramChanged {};
  /// The thread is gone, or just about to be: `status` is as waitpid(2) has it. It is no longer held.
  struct Ended {
    std::int32_t status = 0;
  };
  /// A signal handler of the caller ran while the thread was waited for, which is running (wake.h).
  struct Woken {};
  using Happening = std::variant<Executed, SequenceAborted, SignalArrived, HandlerEntered, GroupStopped, Continued,
                                 ProgramChanged, Ended, Woken>;

  /// Holds the thread, and the others if that is wished. Errors: those of HeldTask::seize and HeldProcess::seize;
  /// Unsupported without a disassembler, and for a process that ignores SIGTRAP, which the kernel would make it forget.
  static Result<std::unique_ptr<Stepper>> seize(StepTarget target, StepOptions options);

  /// Takes over a tracee that stands in `stop`, with TraceOptions that follow nobody. Behind an ExecStop it is first
  /// brought to the new program's first instruction.
  static Result<std::unique_ptr<Stepper>> take(StepTarget target, AnyStop&& stop, StepOptions options);

  Stepper(const Stepper&) = delete;
  Stepper& operator=(const Stepper&) = delete;
  ~Stepper();

  /// Goes on to the next thing that happens. Errors: TraceeGone where the end was missed; Busy before a breakpoint that
  /// a tether which was killed has left in the code; Unsupported before a restartable sequence that cannot be run as a
  /// whole.
  Result<Happening> step();

  /// What would be executed next; only while the thread stands (not after Ended and Woken).
  struct Upcoming {
    RemoteAddr address;
    Abi abi = Abi::X86_64;
    std::optional<disasm::Instruction> instruction;
    GeneralRegisters registers;
    bool is_restarted_call = false;
    bool has_own_trap_flag = false;  ///< the program has set it

    bool is_system_call() const;
  };
  const Upcoming& upcoming() const { return upcoming_; }

  Tid tid() const { return target_.tid; }

  /// As waitpid(2) has it; absent unless it has been reaped or is about to end.
  std::optional<std::int32_t> end_status() const { return end_ ? std::optional(end_->status) : std::nullopt; }

  /// Lets all go on as if nothing had been. Waits for a thread that runs to stop, however long that takes; but one that
  /// sleeps in a system call and cannot be stopped (the parent of a vfork), the kernel lets go of when the tracer ends.
  Result<void> release();

 private:
  Stepper(StepTarget target, StepOptions options, disasm::Disassembler disassembler)
      : target_(target), options_(options), disassembler_(std::move(disassembler)) {}

  using Waited = std::variant<AnyStop, Ended, Woken>;
  static Result<std::unique_ptr<Stepper>> make(StepTarget target, StepOptions options);

  Result<void> begin(AnyStop&& stop);
  Result<void> look_ahead();
  Result<Abi> code_abi(const GeneralRegisters& registers);
  std::optional<disasm::Instruction> decode(RemoteAddr at, Abi abi) const;

  Result<void> leave_exec();
  Result<std::optional<Happening>> move_once();
  Result<void> resume();
  Result<void> resume(AnyStop&& stop, Until until);
  Result<bool> is_signal_due_by_call(sys::SignalMask own) const;
  Result<void> let_trap_through();
  Result<void> block_trap_again();

  Result<Waited> await();
  Result<std::optional<sys::WaitReport>> await_report();
  Result<std::optional<sys::WaitReport>> poll_report();
  void reap_others();

  Result<std::optional<Happening>> interpret(AnyStop&& stop);
  Result<std::optional<Happening>> interpret_signal(SignalDeliveryStop&& stop);
  Result<std::optional<Happening>> interpret_trap(SignalDeliveryStop&& stop, const SigInfoBytes& info);
  Result<std::optional<Happening>> enter_handler(AnyStop&& stop);
  Result<void> end_single_stepping();
  Result<Executed> finish_instruction();
  Result<void> hide_flag_of_unexecuted();
  Result<void> hide_pushed_flag(const disasm::Instruction& instruction, const GeneralRegisters& after) const;
  Result<std::optional<Executed>> find_shadowed(const Executed& first) const;

  // step_sequence.cc
  Result<void> leave_sequence();
  std::optional<RestartableSequence> begun_sequence() const;
  Result<std::vector<RemoteAddr>> ways_out_of(const RestartableSequence& sequence);
  Result<void> run_sequence(const RestartableSequence& sequence);
  Result<void> end_sequence_run();
  Result<std::optional<Happening>> interpret_in_sequence(AnyStop&& stop);

  // step_over.cc
  Result<void> run_over(Executed& call);
  Result<void> run_until_returned(Executed& call);
  Result<void> step_until_returned(Executed& call);
  bool has_returned(const Executed& call) const;

  Result<void> bring_to_stop();
  bool sleeps_unstoppably() const;
  Result<void> take_pending_trap();

  StepTarget target_;
  StepOptions options_;
  disasm::Disassembler disassembler_;
  std::optional<HeldProcess> others_;
  std::optional<AnyStop> stop_;  ///< absent: it runs, or has ended
  std::optional<Ended> end_;
  bool is_released_ = true;     ///< until it has a stop of the thread
  bool may_run_alone_ = false;  ///< the process was stopped before we came
  bool is_group_stopped_ = false;
  bool has_company_ = false;          ///< the calling thread has other children, so it cannot wait for any
  bool is_mask_known_ = false;        ///< whether SIGTRAP is blocked cannot have changed since we looked
  bool is_trap_let_through_ = false;  ///< the program blocks SIGTRAP, and we have unblocked it
  bool owes_trap_ = false;            ///< a SIGTRAP that came meanwhile
  bool runs_call_ = false;            ///< nothing but a system call has been begun since the last stop
  bool awaits_handler_ = false;
  Signal delivering_;
  std::uint64_t executed_ = 0;
  Upcoming upcoming_;
  std::uint64_t code_segment_ = 0;  ///< of code_abi_
  Abi code_abi_ = Abi::X86_64;
  std::optional<DebugBreak> return_break_;
  std::optional<RemoteAddr> sequence_pointer_;           ///< where the thread's rseq_cs lies
  std::map<RemoteAddr, RestartableSequence> sequences_;  ///< those met so far, by the instruction that begins them
  std::optional<RestartableSequence> running_sequence_;  ///< which is being run
  RemoteAddr last_executed_;
  std::vector<DebugBreak> sequence_breaks_;  ///< at the ways out of it
  std::deque<Happening> queue_;
};

}  // namespace tether
