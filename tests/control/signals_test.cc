// Signals of a process: seen, sent, masked, intercepted.

#include "tether/control/signals.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>

#include "tests/control/state.h"
#include "tests/support/tracee_process.h"
#include "tether/control/change.h"
#include "tether/control/signal_mask.h"
#include "tether/control/signal_watch.h"

namespace tether {
namespace {

using testing::Bits;
using testing::TraceeProcess;

class Signals : public ::testing::TestWithParam<Bits> {
 protected:
  void SetUp() override {
    if (const std::string reason = testing::reason_not_runnable(GetParam()); !reason.empty()) GTEST_SKIP() << reason;
    state_ = std::filesystem::temp_directory_path() / ("tether-signals-" + std::to_string(::getpid()));
    ::setenv("XDG_STATE_HOME", state_.c_str(), 1);
    tracee_ = std::make_unique<TraceeProcess>(TraceeProcess::start({"queued_signals"}, GetParam()));
    ASSERT_EQ(tracee_->read_line(), "ready");
  }
  void TearDown() override { std::filesystem::remove_all(state_); }

  Pid pid() const { return Pid(tracee_->pid()); }
  Tid leader() const { return leader_of(pid()); }
  std::string finish() {
    tracee_->close_input();
    return tracee_->read_rest();
  }

  std::filesystem::path state_;
  std::unique_ptr<TraceeProcess> tracee_;
};

siginfo_t info_of(const SigInfoBytes& bytes) {
  siginfo_t info;
  std::memcpy(&info, bytes.data(), sizeof info);
  return info;
}

TEST_P(Signals, AreListedAsTheyWait) {
  auto changes = Changes::open(pid(), {});
  ASSERT_TRUE(changes.has_value());
  ASSERT_TRUE(change_signal_mask(*changes, leader(), {.add = bit_of(Signal(SIGUSR1))}).has_value());
  ASSERT_TRUE(queue_signal(pid(), {}, Signal(SIGUSR1), 41).has_value());
  ASSERT_TRUE(queue_signal(pid(), leader(), Signal(SIGUSR1), 42).has_value());
  const auto signals = read_signals(pid(), {});
  ASSERT_TRUE(signals.has_value());
  EXPECT_FALSE(signals->refusal);
  EXPECT_NE(signals->caught & bit_of(Signal(SIGUSR2)), 0u);
  ASSERT_EQ(signals->pending.infos.size(), 1u);
  EXPECT_EQ(info_of(signals->pending.infos[0]).si_value.sival_int, 41);
  ASSERT_EQ(signals->threads.size(), 1u);
  EXPECT_EQ(signals->threads[0].blocked, bit_of(Signal(SIGUSR1)));
  ASSERT_EQ(signals->threads[0].pending.infos.size(), 1u);
  EXPECT_EQ(info_of(signals->threads[0].pending.infos[0]).si_value.sival_int, 42);
  EXPECT_TRUE(changes->take_back().empty());
  EXPECT_EQ(finish(), "SIGUSR1 42\nSIGUSR1 41\nok\n");  // the thread's own come first (signal(7))
}

TEST_P(Signals, TheMaskIsGivenBackUnlessItHasChanged) {
  const auto before = testing::read_state(tracee_->pid());
  auto changes = Changes::open(pid(), {});
  ASSERT_TRUE(changes.has_value());
  const SignalMaskEdit edit{.set = bit_of(Signal(SIGUSR2)), .add = bit_of(Signal(SIGHUP)) | bit_of(Signal(SIGKILL))};
  ASSERT_TRUE(change_signal_mask(*changes, leader(), edit).has_value());
  ASSERT_EQ(changes->made().size(), 1u);
  EXPECT_EQ(describe(changes->made()[0]), "signal mask: none -> SIGHUP,SIGUSR2");
  auto others = Changes::open(pid(), {});
  ASSERT_TRUE(change_signal_mask(*others, leader(), {.add = bit_of(Signal(SIGINT))}).has_value());
  const SettingChange first{.tid = leader(), .name = {}, .before = "none", .after = "SIGHUP,SIGUSR2"};
  EXPECT_FALSE(undo_signal_mask(first, UndoMode::Make).has_value());  // not as it was left
  EXPECT_TRUE(changes->take_back().empty());                          // it is left to the other's
  EXPECT_TRUE(others->take_back().empty());
  EXPECT_EQ(before, testing::read_state_until(tracee_->pid(), before));
  EXPECT_EQ(finish(), "ok\n");
}

TEST_P(Signals, OneThatWouldKillIsNotUnblocked) {
  auto changes = Changes::open(pid(), {});
  ASSERT_TRUE(changes.has_value());
  ASSERT_TRUE(change_signal_mask(*changes, leader(), {.add = bit_of(Signal(SIGTERM))}).has_value());
  ASSERT_TRUE(send_signal(pid(), {}, Signal(SIGTERM)).has_value());
  const auto refused = change_signal_mask(*changes, leader(), {.set = 0});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::Busy);
  EXPECT_EQ(finish(), "ok\n");
}

TEST_P(Signals, HandlersAreRead) {
  const auto signals = read_signals(pid(), {});
  const auto actions = read_signal_actions(pid(), signals->caught, {});
  ASSERT_TRUE(actions.has_value()) << actions.error().message;
  bool is_found = false;
  for (const SignalAction& action : *actions) {
    if (action.signal.value != SIGUSR1) continue;
    is_found = true;
    EXPECT_NE(action.handler.value, 0u);
    EXPECT_EQ(action.flags & (SA_SIGINFO | SA_RESTART), static_cast<std::uint64_t>(SA_SIGINFO | SA_RESTART));
    EXPECT_NE(action.mask & bit_of(Signal(SIGINT)), 0u);
  }
  EXPECT_TRUE(is_found);
  EXPECT_EQ(finish(), "ok\n");
}

/// Drops SIGTERM, which would kill it; replaces SIGHUP, which would too; changes the value that SIGUSR2 carries.
TEST_P(Signals, AreInterceptedWhileItRuns) {
  std::atomic<SignalWatch*> watch{nullptr};
  std::atomic<int> seen{0};
  std::thread tracer([&] {
    const Pid processes[] = {pid()};
    auto attached = SignalWatch::attach(processes, {});
    ASSERT_TRUE(attached.has_value()) << attached.error().message;
    watch = attached->get();
    watch.notify_all();
    const auto judge = [&](const SignalWatch::Seen& signal) -> SignalWatch::Verdict {
      ++seen;
      seen.notify_all();
      if (signal.signal.value == SIGTERM) return {};
      siginfo_t info = info_of(signal.info);
      info.si_code = SI_QUEUE;
      info.si_value.sival_int = 99;
      SigInfoBytes changed = signal.info;
      std::memcpy(changed.data(), &info, changed.size());
      return {.deliver = signal.signal.value == SIGHUP ? Signal(SIGUSR1) : signal.signal, .info = changed};
    };
    EXPECT_TRUE((*attached)->run({.on_signal = judge, .on_end = [](Pid, auto) {}}).has_value());
  });
  watch.wait(nullptr);
  int expected = 0;
  for (const int number : {SIGTERM, SIGHUP, SIGUSR2}) {
    ASSERT_TRUE(send_signal(pid(), {}, Signal(number)).has_value());
    for (int now = seen; now <= expected; now = seen) seen.wait(now);
    ++expected;
  }
  watch.load()->request_stop();
  tracer.join();
  EXPECT_FALSE(tracee_->condition().is_traced);
  EXPECT_EQ(finish(), "SIGUSR1 99\nSIGUSR2 99\nok\n");
}

INSTANTIATE_TEST_SUITE_P(Widths, Signals, ::testing::Values(Bits::B64, Bits::B32),
                         [](const auto& info) { return info.param == Bits::B64 ? "B64" : "B32"; });

}  // namespace
}  // namespace tether
