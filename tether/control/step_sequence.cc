// Stepper: restartable sequences (restartable_sequence.h).
//
// A sequence begins with the instruction that stores its address in the thread's rseq_cs, and goes on with the next. A
// step that ends there ends in the sequence, and has aborted it. So the first time that we come to one it is aborted,
// as by any preemption, and its first instruction is remembered. When the thread is there again it runs from it to the
// nearest way out: the end, the abort handler, or where a branch of the sequence leads. Debug registers stop it there;
// a sequence contains no calls and no system calls, and nobody sees that it was not stepped.

#include <signal.h>

#include <algorithm>
#include <string>
#include <utility>

#include "tether/arch/x86_64/registers.h"
#include "tether/base/hexadecimal.h"
#include "tether/control/internal/trap_signal.h"
#include "tether/control/stepper.h"
#include "tether/sys/process_memory.h"

namespace tether {

namespace {

constexpr std::uint64_t kLongestSequence = 4096;

Error cannot_run(const RestartableSequence& sequence, std::string_view why) {
  return {.code = ErrorCode::Unsupported,
          .message = "the restartable sequence " + hex(sequence.start.value) + "-" + hex(sequence.end.value) +
                     " begins again at every step, and cannot be run as a whole: " + std::string(why),
          .hint = "step to another place, or over the function that has it (--over)"};
}

}  // namespace

/// What the kernel would do when the thread goes on is done now, so that what is told to come next does.
Result<void> Stepper::leave_sequence() {
  if (!sequence_pointer_) return ok();
  const auto sequence = read_sequence(tid(), *sequence_pointer_, upcoming_.address);
  if (!sequence) return ok();
  if (sequence->start == upcoming_.address && !last_executed_.is_null()) sequences_[last_executed_] = *sequence;
  const GeneralRegisters registers =
      TETHER_TRY(abort_sequence(tid(), *sequence_pointer_, *sequence, upcoming_.registers));
  TETHER_CHECK(std::visit([&](Stop& stop) { return stop.set_registers(registers); }, *stop_));
  queue_.emplace_back(SequenceAborted{*sequence});
  return look_ahead();
}

/// The sequence that the next instruction begins, as far as is known.
std::optional<RestartableSequence> Stepper::begun_sequence() const {
  const bool may_run = std::holds_alternative<InterruptStop>(*stop_) || std::holds_alternative<SyscallExitStop>(*stop_);
  const auto found = sequences_.find(upcoming_.address);
  if (!may_run || found == sequences_.end() || !upcoming_.instruction) return std::nullopt;
  return upcoming_.instruction->end() == found->second.start ? std::optional(found->second) : std::nullopt;
}

Result<std::vector<RemoteAddr>> Stepper::ways_out_of(const RestartableSequence& sequence) {
  using disasm::Flow;
  std::vector<RemoteAddr> ways{sequence.end, sequence.abort_handler};
  if (sequence.end.value - sequence.start.value > kLongestSequence) return fail(cannot_run(sequence, "it is too long"));
  std::vector<std::byte> code(sequence.end.value - sequence.start.value);
  code.resize(sys::read_process_memory(tid(), sequence.start, code));
  for (const disasm::Instruction& one : disassembler_.decode_all(code, sequence.start, upcoming_.abi)) {
    const bool is_jump = one.flow == Flow::Jump || one.flow == Flow::ConditionalJump;
    if (one.flow != Flow::Next && !(is_jump && one.target))
      return fail(cannot_run(sequence, "nobody knows where '" + one.text + "' leads"));
    if (is_jump && *one.target == upcoming_.address)
      return fail(cannot_run(sequence, "it leads back to its beginning"));
    if (is_jump && !sequence.contains(*one.target)) ways.push_back(*one.target);
  }
  std::ranges::sort(ways);
  const auto doubles = std::ranges::unique(ways);
  ways.erase(doubles.begin(), doubles.end());
  return ways;
}

Result<void> Stepper::run_sequence(const RestartableSequence& sequence) {
  TETHER_CHECK(let_trap_through());
  for (const RemoteAddr way : TETHER_TRY(ways_out_of(sequence))) {
    auto there = DebugBreak::set(tid(), way);
    if (there.has_value() && *there) {
      sequence_breaks_.push_back(**there);
      continue;
    }
    TETHER_CHECK(end_sequence_run());
    if (!there.has_value() && there.error().code == ErrorCode::TraceeGone) return fail(std::move(there).error());
    return fail(cannot_run(sequence, "it has more ways out than there are debug registers that are free and work"));
  }
  running_sequence_ = sequence;
  runs_call_ = false;
  return resume(*std::exchange(stop_, std::nullopt), Until::NextEvent);
}

Result<void> Stepper::end_sequence_run() {
  running_sequence_.reset();
  while (!sequence_breaks_.empty()) {
    TETHER_CHECK(sequence_breaks_.back().clear());
    sequence_breaks_.pop_back();
  }
  return ok();
}

Result<std::optional<Stepper::Happening>> Stepper::interpret_in_sequence(AnyStop&& stop) {
  using Maybe = std::optional<Happening>;
  const RestartableSequence sequence = *running_sequence_;
  if (std::holds_alternative<ExitStop>(stop)) {  // it was killed
    running_sequence_.reset();
    sequence_breaks_.clear();
    return interpret(std::move(stop));
  }
  const GeneralRegisters registers = TETHER_TRY(std::visit([](const Stop& s) { return s.registers(); }, stop));
  const RemoteAddr pc = arch::x86_64::instruction_pointer(registers);
  const bool is_out = std::ranges::find(sequence_breaks_, pc, &DebugBreak::address) != sequence_breaks_.end();
  auto* signalled = std::get_if<SignalDeliveryStop>(&stop);
  const bool is_trap = signalled != nullptr && signalled->signal() == Signal(SIGTRAP) &&
                       is_debug_register_signal(TETHER_TRY(signalled->info()));
  if (is_out && signalled == nullptr) {  // the trap is still to come
    TETHER_CHECK(resume(std::move(stop), Until::NextEvent));
    return Maybe();
  }
  TETHER_CHECK(end_sequence_run());
  Maybe other;
  if (is_trap)
    stop_ = InterruptStop(tid());  // the same stop, without the signal
  else
    other = TETHER_TRY(interpret(std::move(stop)));
  if (pc == upcoming_.address || end_) return other;  // it was stopped before the first instruction
  Executed done = TETHER_TRY(finish_instruction());
  done.sequence = sequence;
  if (other) queue_.push_back(std::move(*other));
  return Maybe(std::move(done));
}

}  // namespace tether
