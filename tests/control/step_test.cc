// Stepping: the tracee checks that it sees nothing of it; counts and ends are as they must be.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "tests/control/state.h"
#include "tests/support/tracee_process.h"
#include "tether/control/stepper.h"

namespace tether {
namespace {

using testing::Bits;
using testing::TraceeProcess;

struct Walk {
  std::vector<RemoteAddr> addresses;
  std::vector<Signal> signals;
  std::vector<Signal> handlers;
  std::size_t bad = 0;  ///< instructions that could not be decoded
  std::optional<std::int32_t> end;
};

void note(Walk& walk, const Stepper::Happening& what) {
  if (const auto* done = std::get_if<Stepper::Executed>(&what)) {
    walk.addresses.push_back(done->address);
    walk.bad += !done->instruction.has_value();
  }
  if (const auto* signal = std::get_if<Stepper::SignalArrived>(&what)) walk.signals.push_back(signal->signal);
  if (const auto* handler = std::get_if<Stepper::HandlerEntered>(&what)) walk.handlers.push_back(handler->signal);
  if (const auto* ended = std::get_if<Stepper::Ended>(&what)) walk.end = ended->status;
}

Result<Walk> walk_to_end(Stepper& stepper) {
  Walk walk;
  while (!walk.end) note(walk, TETHER_TRY(stepper.step()));
  TETHER_CHECK(stepper.release());
  return walk;
}

std::string message_of(const auto& result) {
  return result.has_value() ? "" : result.error().message;
}

class Stepping : public ::testing::TestWithParam<std::tuple<Bits, StepOptions::Calls, StepOptions::Others>> {
 protected:
  void SetUp() override {
    const Bits bits = std::get<Bits>(GetParam());
    if (const std::string reason = testing::reason_not_runnable(bits); !reason.empty()) GTEST_SKIP() << reason;
  }
  StepOptions options() const { return {.others = std::get<2>(GetParam()), .calls = std::get<1>(GetParam())}; }
};

TEST_P(Stepping, IsNotNoticed) {
  TraceeProcess tracee = TraceeProcess::start({"step_subject"}, std::get<Bits>(GetParam()));
  unsigned long begin = 0;
  unsigned long end = 0;
  ASSERT_EQ(std::sscanf(tracee.read_line().c_str(), "ready %lx %lx", &begin, &end), 2);
  auto stepper = Stepper::seize({.pid = Pid(tracee.pid()), .tid = Tid(tracee.pid())}, options());
  ASSERT_TRUE(stepper.has_value()) << stepper.error().message;
  tracee.write("go\n");
  const auto walk = walk_to_end(**stepper);
  ASSERT_TRUE(walk.has_value()) << walk.error().message;
  EXPECT_EQ(tracee.read_rest(), "ok 6\n");
  EXPECT_EQ(tracee.wait(), 0);
  EXPECT_EQ(walk->end, 0);
  EXPECT_EQ(walk->bad, 0u);
  if (options().calls == StepOptions::Calls::Over) return;  // the loop lies in a function
  EXPECT_EQ(std::ranges::count_if(walk->addresses, [=](RemoteAddr at) { return at.value >= begin && at.value < end; }),
            3001);
  // Its int3, six of its own trap flag; five and one of SIGUSR1; SIGCHLD.
  EXPECT_EQ(std::ranges::count(walk->handlers, Signal(SIGTRAP)), 7);
  EXPECT_EQ(std::ranges::count(walk->handlers, Signal(SIGUSR1)), 6);
  EXPECT_EQ(std::ranges::count(walk->signals, Signal(SIGTRAP)), 7);
}

std::string name_of_case(const ::testing::TestParamInfo<Stepping::ParamType>& info) {
  const auto& [bits, calls, others] = info.param;
  return std::string(bits == Bits::B64 ? "B64" : "B32") + (calls == StepOptions::Calls::Into ? "Into" : "Over") +
         (others == StepOptions::Others::RunOn ? "RunOn" : "Hold");
}

INSTANTIATE_TEST_SUITE_P(, Stepping,
                         ::testing::Combine(::testing::Values(Bits::B64, Bits::B32),
                                            ::testing::Values(StepOptions::Calls::Into, StepOptions::Calls::Over),
                                            ::testing::Values(StepOptions::Others::RunOn, StepOptions::Others::Hold)),
                         name_of_case);

TEST(StepperReleases, AThreadThatIsBlockedAsItWas) {
  for (int round = 0; round < 20; ++round) {
    TraceeProcess tracee = TraceeProcess::start({"step_subject"}, Bits::B64);
    ASSERT_TRUE(tracee.read_line().starts_with("ready"));
    tracee.await_state('S');
    const auto before = testing::read_state(tracee.pid());
    {
      auto stepper = Stepper::seize({.pid = Pid(tracee.pid()), .tid = Tid(tracee.pid())}, {});
      ASSERT_TRUE(stepper.has_value()) << stepper.error().message;
      EXPECT_TRUE((*stepper)->upcoming().is_restarted_call);
      const auto released = (*stepper)->release();
      EXPECT_TRUE(released.has_value()) << message_of(released);
    }
    tracee.await_state('S');
    EXPECT_EQ(testing::read_state_until(tracee.pid(), before), before);
    EXPECT_FALSE(tracee.condition().is_traced);
    tracee.write("go\n");
    EXPECT_EQ(tracee.read_rest(), "ok 6\n");
    EXPECT_EQ(tracee.wait(), 0);
  }
}

TEST(StepperReleases, AfterAnyNumberOfSteps) {
  for (int steps = 1; steps < 2500; steps = steps * 3 / 2 + 1) {
    TraceeProcess tracee = TraceeProcess::start({"step_subject"}, Bits::B64);
    ASSERT_TRUE(tracee.read_line().starts_with("ready"));
    auto stepper = Stepper::seize({.pid = Pid(tracee.pid()), .tid = Tid(tracee.pid())}, {});
    ASSERT_TRUE(stepper.has_value()) << stepper.error().message;
    tracee.write("go\n");
    Walk walk;
    while (walk.addresses.size() < static_cast<std::size_t>(steps) && !walk.end) {
      const auto what = (*stepper)->step();
      ASSERT_TRUE(what.has_value()) << what.error().message;
      note(walk, *what);
    }
    const auto released = (*stepper)->release();
    EXPECT_TRUE(released.has_value()) << message_of(released);
    EXPECT_EQ(tracee.read_rest(), "ok 6\n") << steps;
    EXPECT_EQ(tracee.wait(), 0) << steps;
  }
}

/// What the program lets through in a call alone is handled when the call ends, though SIGTRAP is blocked outside of
/// it.
TEST(Stepper, KeepsTheMaskOfACall) {
  TraceeProcess tracee = TraceeProcess::start({"in_state", "epoll_pwait-signalled"}, Bits::B64);
  ASSERT_TRUE(tracee.read_line().starts_with("ready"));
  tracee.await_state('S');
  auto stepper = Stepper::seize({.pid = Pid(tracee.pid()), .tid = Tid(tracee.pid())}, {});
  ASSERT_TRUE(stepper.has_value()) << stepper.error().message;
  tracee.write("r");
  const auto walk = walk_to_end(**stepper);
  ASSERT_TRUE(walk.has_value()) << walk.error().message;
  EXPECT_EQ(std::ranges::count(walk->handlers, Signal(SIGUSR2)), 1);
  EXPECT_EQ(tracee.read_rest(), "ok\n");
  EXPECT_EQ(tracee.wait(), 0);
}

/// The parent of a vfork cannot be stopped; what has been asked of it ends with the thread that has asked.
TEST(StepperReleases, AThreadThatWaitsForAChild) {
  TraceeProcess tracee = TraceeProcess::start({"vfork_wait"}, Bits::B64);
  ASSERT_EQ(tracee.read_line(), "ready");
  tracee.await_state('D');
  std::thread([&] {
    EXPECT_FALSE(Stepper::seize({.pid = Pid(tracee.pid()), .tid = Tid(tracee.pid())}, {}).has_value());
  }).join();
  tracee.close_input();
  EXPECT_EQ(tracee.read_rest(), "tasks 2\nended exited 21 1\nok\n");
  EXPECT_EQ(tracee.wait(), 0);
}

TEST(Stepper, WaitsWhileTheProcessIsStopped) {
  TraceeProcess tracee = TraceeProcess::start({"step_subject"}, Bits::B64);
  ASSERT_TRUE(tracee.read_line().starts_with("ready"));
  auto stepper = Stepper::seize({.pid = Pid(tracee.pid()), .tid = Tid(tracee.pid())}, {});
  ASSERT_TRUE(stepper.has_value()) << stepper.error().message;
  tracee.write("go\n");
  ::kill(tracee.pid(), SIGSTOP);
  bool was_stopped = false;
  bool was_continued = false;
  Walk walk;
  while (!walk.end) {
    const auto what = (*stepper)->step();
    ASSERT_TRUE(what.has_value()) << what.error().message;
    note(walk, *what);
    if (std::holds_alternative<Stepper::GroupStopped>(*what)) {
      was_stopped = true;
      ::kill(tracee.pid(), SIGCONT);
    }
    was_continued |= std::holds_alternative<Stepper::Continued>(*what);
  }
  EXPECT_TRUE(was_stopped);
  EXPECT_TRUE(was_continued);
  EXPECT_EQ(tracee.read_rest(), "ok 6\n");
  EXPECT_EQ(tracee.wait(), 0);
}

TEST(Stepper, StepsAThreadOfAStoppedProcessAndLeavesItStopped) {
  TraceeProcess tracee = TraceeProcess::start({"register_values"}, Bits::B64);
  ASSERT_TRUE(tracee.read_line().starts_with("ready"));
  ::kill(tracee.pid(), SIGSTOP);
  tracee.await_stopped();
  {
    auto stepper = Stepper::seize({.pid = Pid(tracee.pid()), .tid = Tid(tracee.pid())}, {});
    ASSERT_TRUE(stepper.has_value()) << stepper.error().message;
    for (int i = 0; i < 10; ++i) {
      const auto what = (*stepper)->step();
      ASSERT_TRUE(what.has_value()) << what.error().message;
      EXPECT_TRUE(std::holds_alternative<Stepper::Executed>(*what));
    }
  }
  tracee.await_stopped();
  ::kill(tracee.pid(), SIGCONT);
  tracee.write("\n");
  EXPECT_TRUE(tracee.read_rest().ends_with("ok\n"));
  EXPECT_EQ(tracee.wait(), 0);
}

TEST(Stepper, TellsOfAnEndBySignal) {
  TraceeProcess tracee = TraceeProcess::start({"register_values"}, Bits::B64);
  ASSERT_TRUE(tracee.read_line().starts_with("ready"));
  auto stepper = Stepper::seize({.pid = Pid(tracee.pid()), .tid = Tid(tracee.pid())}, {});
  ASSERT_TRUE(stepper.has_value()) << stepper.error().message;
  ::syscall(SYS_tgkill, tracee.pid(), tracee.pid(), SIGTERM);
  const auto walk = walk_to_end(**stepper);
  ASSERT_TRUE(walk.has_value()) << walk.error().message;
  EXPECT_EQ(walk->signals, std::vector{Signal(SIGTERM)});
  EXPECT_EQ(walk->end, SIGTERM);
}

}  // namespace
}  // namespace tether
