// Restartable sequences under the stepper: each is aborted once, when it is first met, and then run as a whole.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "tests/support/tracee_process.h"
#include "tether/control/debug_address_registers.h"
#include "tether/control/stepper.h"

namespace tether {
namespace {

using testing::Bits;
using testing::TraceeProcess;

class Restartable : public ::testing::TestWithParam<Bits> {
 protected:
  void SetUp() override {
    if (const std::string reason = testing::reason_not_runnable(GetParam()); !reason.empty()) GTEST_SKIP() << reason;
  }
};

struct Seen {
  unsigned long run = 0;
  unsigned long preempted = 0;  ///< of those
  unsigned long aborted = 0;    ///< by stepping
};

void note(Seen& seen, const Stepper::Happening& what) {
  seen.aborted += std::holds_alternative<Stepper::SequenceAborted>(what);
  const auto* done = std::get_if<Stepper::Executed>(&what);
  if (done == nullptr || !done->sequence) return;
  ++seen.run;
  const auto pc = find_register(done->after, done->abi, done->abi == Abi::X86_64 ? "rip" : "eip");
  seen.preempted += pc == done->sequence->abort_handler.value;
}

TEST_P(Restartable, SequencesAreSteppedThrough) {
  if (!debug_registers_work()) GTEST_SKIP() << "the debug registers of this machine stop nothing";
  TraceeProcess tracee = TraceeProcess::start({"restartable"}, GetParam());
  unsigned long end = 0;
  const std::string ready = tracee.read_line();
  if (ready == "no rseq") GTEST_SKIP() << "the C library registers no rseq area here";
  ASSERT_EQ(std::sscanf(ready.c_str(), "ready %lx", &end), 1);
  auto stepper = Stepper::seize({.pid = Pid(tracee.pid()), .tid = Tid(tracee.pid())}, {});
  ASSERT_TRUE(stepper.has_value()) << stepper.error().message;
  for (const char* kind : {"declared", "hidden"}) {
    tracee.write(std::string(kind) + " 5\n");
    Seen seen;
    do {
      const auto what = (*stepper)->step();
      ASSERT_TRUE(what.has_value()) << what.error().message;
      ASSERT_FALSE(std::holds_alternative<Stepper::Ended>(*what));
      note(seen, *what);
    } while ((*stepper)->upcoming().address != RemoteAddr(end));
    const auto written = [&] {
      while (!(*stepper)->upcoming().is_system_call()) ASSERT_TRUE((*stepper)->step().has_value());
      ASSERT_TRUE((*stepper)->step().has_value());
    };
    written();
    EXPECT_EQ(tracee.read_line(), "counted 5 aborts " + std::to_string(seen.aborted + seen.preempted)) << kind;
    EXPECT_EQ(seen.run, 5 + seen.preempted) << kind;
    EXPECT_EQ(seen.aborted, 1u) << kind;
  }
  const auto released = (*stepper)->release();
  EXPECT_TRUE(released.has_value()) << released.error().message;
  tracee.write("declared 1000\n");
  EXPECT_TRUE(tracee.read_line().starts_with("counted 1000 "));
  tracee.close_input();
  EXPECT_EQ(tracee.read_rest(), "ok\n");
  EXPECT_EQ(tracee.wait(), 0);
}

TEST_P(Restartable, SequencesAreRefusedWhereDebugRegistersStopNothing) {
  if (debug_registers_work()) GTEST_SKIP() << "the debug registers of this machine work";
  TraceeProcess tracee = TraceeProcess::start({"restartable"}, GetParam());
  if (tracee.read_line() == "no rseq") GTEST_SKIP() << "the C library registers no rseq area here";
  auto stepper = Stepper::seize({.pid = Pid(tracee.pid()), .tid = Tid(tracee.pid())}, {});
  ASSERT_TRUE(stepper.has_value()) << stepper.error().message;
  tracee.write("declared 5\n");
  auto what = (*stepper)->step();
  while (what.has_value()) what = (*stepper)->step();
  EXPECT_THAT(what.error().message, ::testing::HasSubstr("debug registers"));
  const auto released = (*stepper)->release();
  EXPECT_TRUE(released.has_value()) << released.error().message;
  EXPECT_TRUE(tracee.read_line().starts_with("counted 5 aborts "));
  tracee.close_input();
  EXPECT_EQ(tracee.read_rest(), "ok\n");
  EXPECT_EQ(tracee.wait(), 0);
}

INSTANTIATE_TEST_SUITE_P(, Restartable, ::testing::Values(Bits::B64, Bits::B32));

}  // namespace
}  // namespace tether
