// Remote calls in threads of all kinds and states: they return what the kernel says, and the process does not notice.

#include "tether/control/remote_calls.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string>
#include <vector>

#include "tests/control/state.h"
#include "tests/control/subject.h"
#include "tests/support/tracee_process.h"
#include "tether/control/scratch.h"
#include "tether/procfs/task.h"
#include "tether/sys/process_memory.h"

namespace tether {
namespace {

using testing::Bits;
using testing::read_state;
using testing::Subject;
using testing::TraceeProcess;

/// A few calls of different kinds in one thread. TraceeGone is no failure: threads come and go.
Result<void> make_calls(Tid tid, pid_t pid) {
  HeldTask task = TETHER_TRY(HeldTask::seize(tid, {}));
  RemoteCalls calls = TETHER_TRY(RemoteCalls::begin(task, {}));
  EXPECT_EQ(TETHER_TRY(calls.call(RemoteCall::Getpid, {})), pid);
  EXPECT_EQ(TETHER_TRY(calls.call(RemoteCall::Gettid, {})), tid.value);
  EXPECT_EQ(TETHER_TRY(calls.call(RemoteCall::Close, {~std::uint64_t{0}})), -EBADF);
  Scratch scratch = TETHER_TRY(Scratch::map(calls, 100));
  const RemoteAddr text = TETHER_TRY(scratch.put_string("hello"));
  char back[6] = {};
  EXPECT_EQ(sys::read_process_memory(tid, text, std::as_writable_bytes(std::span(back))), sizeof back);
  EXPECT_STREQ(back, "hello");
  TETHER_CHECK(scratch.unmap());
  TETHER_CHECK(calls.end());
  return std::move(task).release();
}

void make_calls_everywhere(pid_t pid, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    const auto tids = procfs::read_task_ids(Tid(pid));
    if (!tids.has_value()) return;
    for (const Tid tid : *tids) {
      const auto made = make_calls(tid, pid);
      if (made.has_value() || made.error().code == ErrorCode::TraceeGone || made.error().code == ErrorCode::NotFound)
        continue;
      ADD_FAILURE() << made.error().message << " in round " << round;
      return;
    }
  }
}

TraceeProcess start_ready(const Subject& subject, Bits bits) {
  TraceeProcess tracee = TraceeProcess::start(subject.argv, bits);
  const std::string ready = tracee.read_line();
  EXPECT_TRUE(ready.starts_with("ready")) << ready;
  return tracee;
}

void expect_ok(TraceeProcess& tracee) {
  tracee.close_input();
  const std::string rest = tracee.read_rest();
  EXPECT_NE(rest.find("ok"), std::string::npos) << rest;
  EXPECT_EQ(tracee.wait(), 0) << rest;
}

class RemoteCallsIn : public ::testing::TestWithParam<std::tuple<Subject, Bits>> {
 protected:
  void SetUp() override {
    if (const std::string reason = testing::reason_not_runnable(std::get<Bits>(GetParam())); !reason.empty())
      GTEST_SKIP() << reason;
  }
};

TEST_P(RemoteCallsIn, AreNotNoticed) {
  const auto& [subject, bits] = GetParam();
  TraceeProcess tracee = start_ready(subject, bits);
  make_calls_everywhere(tracee.pid(), subject.rounds / 4);  // by then its threads have what they need
  const auto before = read_state(tracee.pid());
  make_calls_everywhere(tracee.pid(), subject.rounds);
  EXPECT_EQ(before, testing::read_state_until(tracee.pid(), before));
  expect_ok(tracee);
}

/// A process that makes a thread wait in a call, and is killed meanwhile. Whether that came to pass: threads come and
/// go, and one that sleeps in restart_syscall makes no other call that sleeps.
bool is_killed_within_a_call(Tid tid) {
  const pid_t tracer = ::fork();
  if (tracer == 0) {
    const auto die = [] {
      ::raise(SIGKILL);
      return RemoteCallOptions::Wish::Wait;
    };
    const auto poll = [&]() -> Result<std::int64_t> {
      HeldTask task = TETHER_TRY(HeldTask::seize(tid, {}));
      RemoteCalls calls = TETHER_TRY(RemoteCalls::begin(task, {.wish = die}));
      constexpr std::uint32_t kPoll32 = 168;  // __NR_poll of <asm/unistd_32.h>
      constexpr std::uint64_t kMilliseconds = 200;
      return calls.call_number(calls.abi() == Abi::X86_64 ? SYS_poll : kPoll32, {0, 0, kMilliseconds, 0, 0, 0});
    };
    const auto result = poll();
    const bool may_be =
        !result.has_value() && (result.error().code == ErrorCode::TraceeGone || result.error().code == ErrorCode::Busy);
    ::_exit(may_be ? 0 : 1);
  }
  int status = 0;
  ::waitpid(tracer, &status, 0);
  EXPECT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) != 0) << "the call ended, or failed, before the tracer did";
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

TEST_P(RemoteCallsIn, LeadTheThreadBackWhenTheTracerIsKilled) {
  const auto& [subject, bits] = GetParam();
  TraceeProcess tracee = start_ready(subject, bits);
  make_calls_everywhere(tracee.pid(), subject.rounds / 4);  // by then its threads have what they need
  const auto before = read_state(tracee.pid());
  const auto tids = procfs::read_task_ids(Tid(tracee.pid()));
  ASSERT_TRUE(tids.has_value());
  EXPECT_GT(std::ranges::count_if(*tids, is_killed_within_a_call), 0);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  auto after = read_state(tracee.pid());
  while (after != before && std::chrono::steady_clock::now() < deadline) after = read_state(tracee.pid());
  EXPECT_EQ(before, after);
  expect_ok(tracee);
}

INSTANTIATE_TEST_SUITE_P(
    Tracees, RemoteCallsIn,
    ::testing::Combine(::testing::Values(Subject{"BlockedCalls", {"eintr_timing", "restarted"}, 20},
                                         Subject{"RepairedCalls", {"eintr_timing", "repaired"}, 20},
                                         Subject{"Reading", {"pipe_checksum"}, 300},
                                         Subject{"Computing", {"registers_kept"}, 40},
                                         Subject{"Signals", {"signal_storm"}, 300}),
                       ::testing::Values(Bits::B64, Bits::B32)),
    [](const auto& info) {
      return std::get<0>(info.param).name + (std::get<1>(info.param) == Bits::B64 ? "64" : "32");
    });

/// A process that is stopped makes calls and stays stopped.
TEST(RemoteCalls, LeaveAStoppedProcessStopped) {
  TraceeProcess tracee = TraceeProcess::start({"reader_threads", "3"}, Bits::B64);
  ASSERT_EQ(tracee.read_line(), "ready");
  ::kill(tracee.pid(), SIGSTOP);
  tracee.await_stopped();
  const auto before = read_state(tracee.pid());
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(make_calls(Tid(tracee.pid()), tracee.pid()).has_value());
  tracee.await_stopped();
  EXPECT_EQ(before, testing::read_state_until(tracee.pid(), before));
  ::kill(tracee.pid(), SIGCONT);
  tracee.write("x");
  EXPECT_EQ(tracee.read_line(), "served");
}

/// A signal that was about to be delivered when the thread was held comes with its own siginfo, and only once.
TEST(RemoteCalls, GiveBackTheSignalThatTheyMet) {
  TraceeProcess tracee = TraceeProcess::start({"queued_signals"}, Bits::B64);
  ASSERT_EQ(tracee.read_line(), "ready");
  ::kill(tracee.pid(), SIGSTOP);
  tracee.await_stopped();
  // With the process stopped the signals wait; the held thread meets the first of them as it is made to run.
  sigval value{};
  for (const int number : {SIGUSR1, SIGUSR2, SIGRTMIN, SIGRTMIN}) {
    ++value.sival_int;
    ASSERT_EQ(::sigqueue(tracee.pid(), number, value), 0);
  }
  {
    auto task = HeldTask::seize(Tid(tracee.pid()), {});
    ASSERT_TRUE(task.has_value());
    ::kill(tracee.pid(), SIGCONT);
    auto calls = RemoteCalls::begin(*task, {});
    ASSERT_TRUE(calls.has_value());
    for (int i = 0; i < 10; ++i) ASSERT_EQ(calls->call(RemoteCall::Getpid, {}).value_or(0), tracee.pid());
    ASSERT_TRUE(calls->end().has_value());
  }
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(make_calls(Tid(tracee.pid()), tracee.pid()).has_value());
  tracee.close_input();
  EXPECT_EQ(tracee.read_rest(), "SIGUSR1 1\nSIGUSR2 2\nrealtime 3\nrealtime 4\nok\n");
}

/// A call that blocks is interrupted, and the thread goes on as if nothing had been.
TEST(RemoteCalls, AreInterruptedWhenTheyBlock) {
  TraceeProcess tracee = TraceeProcess::start({"reader_threads", "1"}, Bits::B64);
  ASSERT_EQ(tracee.read_line(), "ready");
  {
    auto task = HeldTask::seize(Tid(tracee.pid()), {});
    ASSERT_TRUE(task.has_value());
    auto calls = RemoteCalls::begin(*task, {.patience = std::chrono::milliseconds(50)});
    ASSERT_TRUE(calls.has_value());
    auto scratch = Scratch::map(*calls, 16);
    ASSERT_TRUE(scratch.has_value());
    // Its own standard input: nobody writes to it.
    const auto blocked = calls->call(RemoteCall::Read, {0, scratch->address().value, 1});
    ASSERT_FALSE(blocked.has_value());
    EXPECT_EQ(blocked.error().code, ErrorCode::Busy);
    EXPECT_EQ(calls->call(RemoteCall::Getpid, {}).value_or(0), tracee.pid());
    ASSERT_TRUE(scratch->unmap().has_value());
    ASSERT_TRUE(calls->end().has_value());
  }
  tracee.write("x");
  EXPECT_EQ(tracee.read_line(), "served");
}

/// A process in a strict seccomp sandbox is not killed by us.
TEST(RemoteCalls, RefuseOrSuspendSeccomp) {
  TraceeProcess tracee = TraceeProcess::start({"own_seccomp_wait"}, Bits::B64);
  const std::string line = tracee.read_line();
  if (line != "ready") GTEST_SKIP() << "no seccomp here: " << line;
  const auto made = make_calls(Tid(tracee.pid()), tracee.pid());
  EXPECT_TRUE(made.has_value() || made.error().code == ErrorCode::PermissionDenied) << made.error().message;
  tracee.write("x");
  EXPECT_EQ(tracee.read_line(), "served");
}

}  // namespace
}  // namespace tether
