#pragma once
// StepGoal: how far to step. Pure: it is told of every instruction.
//
//   StepGoal goal(StepGoal::Kind::FunctionReturn);
//   goal.note_executed(done.instruction, stepper.upcoming().address);
//   if (goal.is_reached(stepper.upcoming().address, StepGoal::Next::Other)) …

#include <cstdint>
#include <optional>

#include "tether/base/remote_addr.h"
#include "tether/disasm/disassembler.h"

namespace tether {

class StepGoal {
 public:
  enum class Kind : std::uint8_t {
    Never,
    Address,         ///< stands before the instruction at it
    SystemCall,      ///< stands before an instruction that makes a system call
    FunctionReturn,  ///< the function that it stood in at first has returned; stands behind that
  };
  explicit StepGoal(Kind kind) : kind_(kind) {}
  static StepGoal at(RemoteAddr address);

  Kind kind() const { return kind_; }

  /// An instruction was executed that led to `next`.
  void note_executed(const std::optional<disasm::Instruction>& instruction, RemoteAddr next);
  /// A signal's handler was entered: it returns as a function does.
  void note_handler() { ++depth_; }

  /// What would be executed next.
  enum class Next : std::uint8_t { SystemCall, Other };
  bool is_reached(RemoteAddr next, Next what) const;

 private:
  Kind kind_;
  RemoteAddr address_;
  std::int64_t depth_ = 0;  ///< calls made and not returned from
};

}  // namespace tether
