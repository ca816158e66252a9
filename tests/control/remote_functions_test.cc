// Functions called in threads of all kinds and states: they return what C says, and the process does not notice.

#include "tether/control/remote_functions.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <bit>
#include <memory>
#include <string>
#include <vector>

#include "tests/control/state.h"
#include "tests/control/subject.h"
#include "tests/support/tracee_process.h"
#include "tether/procfs/task.h"
#include "tether/symbol/symbolizer.h"
#include "tether/sys/process_memory.h"

namespace tether {
namespace {

using std::chrono::milliseconds;
using symbol::Symbolizer;
using testing::Bits;
using testing::read_state;
using testing::Subject;
using testing::TraceeProcess;

constexpr milliseconds kPatience{5000};

Symbolizer symbolizer_of(const TraceeProcess& tracee) {
  auto opened = Symbolizer::open(Pid(tracee.pid()), std::make_unique<sys::ProcessMemory>(Tid(tracee.pid())));
  EXPECT_TRUE(opened.has_value());
  return std::move(*opened);
}

FunctionArgument real(double value) {
  return {.kind = FunctionArgument::Kind::Double, .bits = std::bit_cast<std::uint64_t>(value)};
}

struct Shape {
  std::string program;
  Bits bits;
};
void PrintTo(const Shape& shape, std::ostream* out) {
  *out << shape.program;
}

class FunctionsOf : public ::testing::TestWithParam<Shape> {
 protected:
  void SetUp() override {
    if (const std::string reason = testing::reason_not_runnable(GetParam().bits); !reason.empty())
      GTEST_SKIP() << reason;
    tracee_ = std::make_unique<TraceeProcess>(TraceeProcess::start({GetParam().program}, GetParam().bits));
    ASSERT_EQ(tracee_->read_line(), "ready");
    symbolizer_ = std::make_unique<Symbolizer>(symbolizer_of(*tracee_));
    before_ = read_state(tracee_->pid());
  }
  /// The process is as it was, and its own checks pass.
  void finish() {
    EXPECT_EQ(before_, testing::read_state_until(tracee_->pid(), before_));
    tracee_->close_input();
    EXPECT_EQ(tracee_->read_rest(), "ok\n");
    EXPECT_EQ(tracee_->wait(), 0);
  }

  Result<FunctionResult> call(const std::string& name, std::vector<FunctionArgument> arguments = {},
                              milliseconds patience = kPatience) {
    FunctionResult result;
    const RemoteAddr function = TETHER_TRY(symbolizer_->find_symbol(name)).address;
    TETHER_CHECK(with_remote_functions(Pid(tracee_->pid()), {}, *symbolizer_,
                                       [&](RemoteCalls&, RemoteFunctions& functions) -> Result<void> {
                                         result = TETHER_TRY(functions.call(function, arguments, patience));
                                         return ok();
                                       }));
    return result;
  }

  std::unique_ptr<TraceeProcess> tracee_;
  std::unique_ptr<Symbolizer> symbolizer_;
  testing::ProcessState before_;
};

TEST_P(FunctionsOf, ReturnWhatCSays) {
  const auto sum = call(
      "sum8", {{.bits = 1}, {.bits = 2}, {.bits = 3}, {.bits = 4}, {.bits = 5}, {.bits = 6}, {.bits = 7}, {.bits = 8}});
  ASSERT_TRUE(sum.has_value()) << sum.error().message;
  EXPECT_EQ(static_cast<std::int32_t>(sum->integer), 204);
  EXPECT_EQ(call("mix", {real(1.5), {.bits = 2}, real(3.25), {.bits = 4}})->real, 16.5);
  EXPECT_EQ(call("half_of", {real(5)})->single, 2.5F);
  EXPECT_EQ(call("big")->integer, 0x123456789abcdU);
  EXPECT_EQ(static_cast<std::int32_t>(call("is_stack_aligned")->integer), 1);
  EXPECT_EQ(static_cast<std::int32_t>(call("count_to", {{.bits = 100}})->integer), 100);
  finish();
}

TEST_P(FunctionsOf, LeaveErrnoAndRoundingAlone) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(static_cast<std::int32_t>(call("spoil_errno")->integer), 5);
  finish();
}

TEST_P(FunctionsOf, FaultWithoutHarm) {
  for (int i = 0; i < 5; ++i) {
    const auto faulted = call("fault");
    ASSERT_FALSE(faulted.has_value());
    EXPECT_EQ(faulted.error().code, ErrorCode::Io);
    EXPECT_NE(faulted.error().message.find("SIGSEGV in fault"), std::string::npos) << faulted.error().message;
  }
  finish();  // SIGSEGV is still ignored
}

TEST_P(FunctionsOf, AreAbandonedWhenTheyDoNotReturn) {
  for (const char* name : {"spin", "block"}) {
    const auto endless = call(name, {}, milliseconds(20));
    ASSERT_FALSE(endless.has_value());
    EXPECT_EQ(endless.error().code, ErrorCode::Busy) << endless.error().message;
  }
  finish();
}

/// What arrives meanwhile comes afterwards; here it would be noticed by a handler that must not run.
TEST_P(FunctionsOf, LetSignalsWait) {
  ASSERT_EQ(::kill(tracee_->pid(), SIGSTOP), 0);
  tracee_->await_stopped();
  EXPECT_EQ(call("big")->integer, 0x123456789abcdU);
  tracee_->await_stopped();
  ASSERT_EQ(::kill(tracee_->pid(), SIGCONT), 0);
  finish();
}

INSTANTIATE_TEST_SUITE_P(Shapes, FunctionsOf,
                         ::testing::Values(Shape{"callable", Bits::B64}, Shape{"callable", Bits::B32},
                                           Shape{"callable_static", Bits::B64}),
                         [](const auto& info) {
                           return info.param.program + (info.param.bits == Bits::B64 ? "64" : "32");
                         });

// ── In every thread of tracees that check themselves ─────────────────────────────────────────────────────────────

class RemoteFunctionsIn : public ::testing::TestWithParam<std::tuple<Subject, Bits>> {
 protected:
  void SetUp() override {
    if (const std::string reason = testing::reason_not_runnable(std::get<Bits>(GetParam())); !reason.empty())
      GTEST_SKIP() << reason;
  }
};

void call_everywhere(const TraceeProcess& tracee, Symbolizer& symbolizer, int rounds) {
  const RemoteAddr getpid = symbolizer.find_symbol("libc:getpid")->address;
  for (int round = 0; round < rounds; ++round) {
    const auto tids = procfs::read_task_ids(Tid(tracee.pid()));
    if (!tids.has_value()) return;
    for (const Tid tid : *tids) {
      const auto called = with_remote_functions(Pid(tracee.pid()), {.thread = tid}, symbolizer,
                                                [&](RemoteCalls&, RemoteFunctions& functions) -> Result<void> {
                                                  const FunctionResult result =
                                                      TETHER_TRY(functions.call(getpid, {}, kPatience));
                                                  EXPECT_EQ(static_cast<pid_t>(result.integer), tracee.pid());
                                                  return ok();
                                                });
      if (called.has_value() || called.error().code == ErrorCode::TraceeGone ||
          called.error().code == ErrorCode::NotFound)
        continue;
      ADD_FAILURE() << called.error().message << " in round " << round;
      return;
    }
  }
}

TEST_P(RemoteFunctionsIn, AreNotNoticed) {
  const auto& [subject, bits] = GetParam();
  TraceeProcess tracee = TraceeProcess::start(subject.argv, bits);
  const std::string ready = tracee.read_line();
  ASSERT_TRUE(ready.starts_with("ready")) << ready;
  Symbolizer symbolizer = symbolizer_of(tracee);
  call_everywhere(tracee, symbolizer, subject.rounds / 4);  // by then its threads have what they need
  const auto before = read_state(tracee.pid());
  call_everywhere(tracee, symbolizer, subject.rounds);
  EXPECT_EQ(before, testing::read_state_until(tracee.pid(), before));
  tracee.close_input();
  const std::string rest = tracee.read_rest();
  EXPECT_NE(rest.find("ok"), std::string::npos) << rest;
  EXPECT_EQ(tracee.wait(), 0) << rest;
}

INSTANTIATE_TEST_SUITE_P(Tracees, RemoteFunctionsIn,
                         ::testing::Combine(::testing::Values(Subject{"BlockedCalls", {"eintr_timing", "restarted"}, 8},
                                                              Subject{"RepairedCalls", {"eintr_timing", "repaired"}, 8},
                                                              Subject{"Reading", {"pipe_checksum"}, 100},
                                                              Subject{"Computing", {"registers_kept"}, 20},
                                                              Subject{"Signals", {"signal_storm"}, 100}),
                                            ::testing::Values(Bits::B64, Bits::B32)),
                         [](const auto& info) {
                           return std::get<0>(info.param).name + (std::get<1>(info.param) == Bits::B64 ? "64" : "32");
                         });

}  // namespace
}  // namespace tether
