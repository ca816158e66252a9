#include "tether/control/step_goal.h"

namespace tether {

StepGoal StepGoal::at(RemoteAddr address) {
  StepGoal goal(Kind::Address);
  goal.address_ = address;
  return goal;
}

void StepGoal::note_executed(const std::optional<disasm::Instruction>& instruction, RemoteAddr next) {
  if (!instruction) return;
  // A call to the instruction behind it only asks where it is; one that was stepped over is there as well.
  if (instruction->flow == disasm::Flow::Call && next != instruction->end()) ++depth_;
  if (instruction->flow == disasm::Flow::Return) --depth_;
}

bool StepGoal::is_reached(RemoteAddr next, Next what) const {
  switch (kind_) {
    case Kind::Never:
      return false;
    case Kind::Address:
      return next == address_;
    case Kind::SystemCall:
      return what == Next::SystemCall;
    case Kind::FunctionReturn:
      break;
  }
  return depth_ < 0;
}

}  // namespace tether
