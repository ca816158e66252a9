// Stepper: calls that are one step.
//
// A debug register of the thread stops it where the call returns; no byte of code is changed, and no other thread is
// concerned. A deeper invocation of the same code passes there as well: the stack pointer tells which one it is. Where
// there is no debug register to be had or none works, and where the thread blocks SIGTRAP (see stepper.cc, 4), the call
// is stepped through without being told of.

#include <utility>

#include "tether/arch/x86_64/registers.h"
#include "tether/control/stepper.h"

namespace tether {

namespace x86 = arch::x86_64;

bool Stepper::has_returned(const Executed& call) const {
  return upcoming_.address == call.instruction->end() &&
         upcoming_.registers.words[x86::kStackPointerWord] >= call.before.words[x86::kStackPointerWord];
}

Result<void> Stepper::run_over(Executed& call) {
  if (has_returned(call)) return ok();
  TETHER_CHECK(let_trap_through());
  if (is_trap_let_through_ || !queue_.empty()) return step_until_returned(call);
  auto there = DebugBreak::set(tid(), call.instruction->end());
  if (!there.has_value() && there.error().code == ErrorCode::TraceeGone) return fail(std::move(there).error());
  if (!there.has_value() || !*there) return step_until_returned(call);
  return_break_ = **there;
  return run_until_returned(call);
}

Result<void> Stepper::run_until_returned(Executed& call) {
  for (;;) {
    TETHER_CHECK(resume(*std::exchange(stop_, std::nullopt), Until::NextEvent));
    is_mask_known_ = false;
    Waited waited = TETHER_TRY(await());
    if (auto* stop = std::get_if<AnyStop>(&waited)) {
      auto happening = TETHER_TRY(interpret(std::move(*stop)));
      if (happening) queue_.push_back(std::move(*happening));
    } else if (std::holds_alternative<Woken>(waited)) {
      queue_.push_back(Woken{});
      return ok();
    }
    if (end_) {
      return_break_.reset();
      if (queue_.empty() || !std::holds_alternative<Ended>(queue_.back())) queue_.push_back(*end_);
      return ok();
    }
    if (std::holds_alternative<ExecStop>(*stop_)) {
      return_break_.reset();  // the kernel has cleared it
      return leave_exec();
    }
    if (return_break_) continue;
    if (has_returned(call)) {
      call.after = upcoming_.registers;
      return ok();
    }
    return_break_ = TETHER_TRY(DebugBreak::set(tid(), call.instruction->end()));
  }
}

Result<void> Stepper::step_until_returned(Executed& call) {
  const std::uint64_t executed = executed_;
  while (!has_returned(call)) {
    auto happening = TETHER_TRY(move_once());
    executed_ = executed;
    if (!happening || std::holds_alternative<Executed>(*happening)) continue;
    const bool is_last = std::holds_alternative<Ended>(*happening) || std::holds_alternative<Woken>(*happening);
    queue_.push_back(std::move(*happening));
    if (is_last) return ok();
  }
  call.after = upcoming_.registers;
  return ok();
}

}  // namespace tether
