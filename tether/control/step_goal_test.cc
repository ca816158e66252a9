#include "tether/control/step_goal.h"

#include <gtest/gtest.h>

namespace tether {
namespace {

using disasm::Flow;

disasm::Instruction instruction(Flow flow) {
  disasm::Instruction made;
  made.address = RemoteAddr(0x1000);
  made.length = 5;
  made.flow = flow;
  return made;
}

constexpr RemoteAddr kElsewhere{0x2000};
constexpr auto kOther = StepGoal::Next::Other;

TEST(StepGoal, ReturnsWhenTheFunctionDoesNotWhenThoseItCallsDo) {
  StepGoal goal(StepGoal::Kind::FunctionReturn);
  goal.note_executed(instruction(Flow::Call), kElsewhere);
  goal.note_executed(instruction(Flow::Return), kElsewhere);
  EXPECT_FALSE(goal.is_reached(kElsewhere, kOther));
  goal.note_handler();
  goal.note_executed(instruction(Flow::Return), kElsewhere);
  EXPECT_FALSE(goal.is_reached(kElsewhere, kOther));
  goal.note_executed(instruction(Flow::Return), kElsewhere);
  EXPECT_TRUE(goal.is_reached(kElsewhere, kOther));
}

TEST(StepGoal, ACallThatWasSteppedOverIsNoDepth) {
  StepGoal goal(StepGoal::Kind::FunctionReturn);
  goal.note_executed(instruction(Flow::Call), RemoteAddr(0x1005));
  goal.note_executed(instruction(Flow::Return), kElsewhere);
  EXPECT_TRUE(goal.is_reached(kElsewhere, kOther));
}

TEST(StepGoal, KnowsAddressesAndSystemCalls) {
  EXPECT_TRUE(StepGoal::at(kElsewhere).is_reached(kElsewhere, kOther));
  EXPECT_FALSE(StepGoal::at(kElsewhere).is_reached(RemoteAddr(0x2001), kOther));
  const StepGoal call(StepGoal::Kind::SystemCall);
  EXPECT_TRUE(call.is_reached(kElsewhere, StepGoal::Next::SystemCall));
  EXPECT_FALSE(call.is_reached(kElsewhere, kOther));
  EXPECT_FALSE(StepGoal(StepGoal::Kind::Never).is_reached(kElsewhere, StepGoal::Next::SystemCall));
}

}  // namespace
}  // namespace tether
