// What every engine that can attach must get right with processes that are running already: it finds all threads,
// changes nothing, and lets go of everything.

#include <grp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/observation.h"
#include "tests/support/tracee_process.h"

namespace tether::testing {
namespace {

std::string message(const std::optional<Error>& error) {
  return error ? error->message + "; " + error->hint : std::string();
}

class Attached : public ::testing::TestWithParam<Bits> {
 protected:
  void SetUp() override {
    if (const std::string reason = reason_not_runnable(GetParam()); !reason.empty()) GTEST_SKIP() << reason;
  }
  static TraceeProcess start(std::vector<std::string> argv) {
    TraceeProcess tracee = TraceeProcess::start(std::move(argv), GetParam());
    EXPECT_EQ(tracee.read_line(), "ready");
    return tracee;
  }
  static EngineReport stop(Observation& observation) {
    observation.request_stop();
    EngineReport report = observation.finish();
    EXPECT_TRUE(report.outcome.has_value());
    EXPECT_EQ(find_breaches(report.events, 0), "");
    return report;
  }
  static void expect_untouched(const TraceeProcess& tracee) {
    const auto condition = tracee.condition();
    EXPECT_FALSE(condition.is_traced);
    EXPECT_EQ(condition.states.find_first_of("tT"), std::string::npos) << condition.states;
  }
  static void expect_ok(TraceeProcess& tracee, int status = 0) {
    tracee.close_input();
    const std::string rest = tracee.read_rest();
    EXPECT_NE(rest.find("\nok"), rest.starts_with("ok") ? 0 : std::string::npos) << rest;
    const int ended = tracee.wait();
    EXPECT_TRUE(WIFEXITED(ended) && WEXITSTATUS(ended) == status) << ended << "\n" << rest;
  }
  static long count(const EngineReport& report, RawKind kind) {
    return std::count_if(report.events.begin(), report.events.end(), [&](const Seen& s) { return s.kind == kind; });
  }
  static void serve(TraceeProcess& tracee, int times) {
    for (int i = 0; i < times; ++i) {
      tracee.write("x");
      EXPECT_EQ(tracee.read_line(), "served");
    }
  }
};

TEST_P(Attached, AllThreadsAreSeenAndLetGo) {
  TraceeProcess tracee = start({"reader_threads", "8"});
  Observation observation(EngineKind::Seize);
  const auto error = observation.attach({tracee.pid()});
  ASSERT_FALSE(error.has_value()) << error->message;
  observation.await_events(9);  // each thread is announced
  serve(tracee, 20);
  const EngineReport report = stop(observation);
  EXPECT_EQ(count(report, RawKind::Attached), 9);
  EXPECT_EQ(count(report, RawKind::Detached), 9);
  EXPECT_GE(count(report, RawKind::SyscallExit), 20 * 8 * 2);
  expect_untouched(tracee);
  serve(tracee, 3);
  expect_ok(tracee);
}

TEST_P(Attached, FiveHundredThreadsAreLetGoInTime) {
  TraceeProcess tracee = start({"reader_threads", "500"});
  Observation observation(EngineKind::Seize);
  ASSERT_EQ(message(observation.attach({tracee.pid()})), "");
  observation.await_events(501);
  serve(tracee, 2);
  const EngineReport report = stop(observation);
  EXPECT_EQ(count(report, RawKind::Attached), 501);
  EXPECT_EQ(count(report, RawKind::Detached), 501);
  expect_untouched(tracee);
  serve(tracee, 1);
  expect_ok(tracee);
}

/// Attaching and letting go over and over, without waiting for anything in between, breaks no call (eintr_timing.c).
TEST_P(Attached, CallsSurviveComingAndGoing) {
  TraceeProcess tracee = start({"eintr_timing", "all"});
  for (int i = 0; i < 40; ++i) {
    Observation observation(EngineKind::Seize);
    ASSERT_EQ(message(observation.attach({tracee.pid()})), "");
    if (i % 2 == 0) observation.await_events(static_cast<std::size_t>(i * 20));
    stop(observation);
  }
  expect_untouched(tracee);
  expect_ok(tracee);
}

TEST_P(Attached, SignalsSurviveComingAndGoing) {
  TraceeProcess tracee = start({"signal_storm"});
  for (int i = 0; i < 30; ++i) {
    Observation observation(EngineKind::Seize);
    ASSERT_EQ(message(observation.attach({tracee.pid()})), "");
    observation.await_events(static_cast<std::size_t>(i * 10));
    stop(observation);
  }
  expect_untouched(tracee);
  expect_ok(tracee);
}

TEST_P(Attached, IgnoredSignalsBreakNoCall) {
  TraceeProcess tracee = start({"ignored_signals"});
  for (int i = 0; i < 20; ++i) {
    Observation observation(EngineKind::Seize);
    ASSERT_EQ(message(observation.attach({tracee.pid()})), "");
    observation.await_events(static_cast<std::size_t>(i * 50));
    stop(observation);
  }
  expect_untouched(tracee);
  expect_ok(tracee);
}

/// Threads and processes are born and die while the tracer comes and goes.
TEST_P(Attached, BirthsAndDeathsSurviveComingAndGoing) {
  for (const std::vector<std::string>& argv :
       {std::vector<std::string>{"thread_churn", "0", "8"}, std::vector<std::string>{"fork_chain", "mixed"}}) {
    TraceeProcess tracee = start(argv);
    for (int i = 0; i < 20; ++i) {
      Observation observation(EngineKind::Seize);
      ASSERT_EQ(message(observation.attach({tracee.pid()})), "");
      observation.await_events(static_cast<std::size_t>(10 + i * 10));
      stop(observation);
    }
    EXPECT_FALSE(tracee.condition().is_traced);
    expect_ok(tracee);
  }
}

/// A process that is stopped when the tracer comes stays stopped, also when it goes, until SIGCONT.
TEST_P(Attached, AStoppedProcessStaysStopped) {
  TraceeProcess tracee = start({"reader_threads", "3"});
  ASSERT_EQ(::kill(tracee.pid(), SIGSTOP), 0);
  ASSERT_TRUE(WIFSTOPPED(tracee.next_status()));
  {
    Observation observation(EngineKind::Seize);
    ASSERT_EQ(message(observation.attach({tracee.pid()})), "");
    observation.await_kind(RawKind::GroupStop);
    const EngineReport report = stop(observation);
    EXPECT_GE(count(report, RawKind::GroupStop), 1);
    EXPECT_EQ(count(report, RawKind::SyscallEntry), 0);
  }
  tracee.await_state('T');
  EXPECT_FALSE(tracee.condition().is_traced);
  ASSERT_EQ(::kill(tracee.pid(), SIGCONT), 0);
  serve(tracee, 2);
  expect_ok(tracee);
}

/// Stopped and continued while observed.
TEST_P(Attached, StopAndContinueWhileObserved) {
  TraceeProcess tracee = start({"reader_threads", "3"});
  Observation observation(EngineKind::Seize);
  ASSERT_EQ(message(observation.attach({tracee.pid()})), "");
  observation.await_events(4);
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(::kill(tracee.pid(), SIGSTOP), 0);
    const int status = tracee.next_status();
    EXPECT_TRUE(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    ASSERT_EQ(::kill(tracee.pid(), SIGCONT), 0);
    EXPECT_TRUE(WIFCONTINUED(tracee.next_status()));
    serve(tracee, 1);
  }
  const EngineReport report = stop(observation);
  EXPECT_GE(count(report, RawKind::GroupStop), 5);
  expect_untouched(tracee);
  expect_ok(tracee);
}

TEST_P(Attached, AProcessWhoseLeaderHasEnded) {
  TraceeProcess tracee = start({"leader_exits", "wait"});
  Observation observation(EngineKind::Seize);
  const auto error = observation.attach({tracee.pid()});
  ASSERT_FALSE(error.has_value()) << error->message << " " << error->hint;
  observation.await_events(1);
  tracee.close_input();
  const EngineReport report = observation.finish();
  ASSERT_TRUE(report.outcome.has_value());
  EXPECT_GE(count(report, RawKind::SyscallExit), 400);
  expect_ok(tracee, 3);
}

/// The parent of a vfork cannot be stopped until its child has exec'd: letting go must not wait for that for ever, and
/// must not break it.
TEST_P(Attached, InTheMiddleOfVfork) {
  TraceeProcess tracee = start({"vfork_wait"});
  Observation observation(EngineKind::Seize);
  ASSERT_EQ(message(observation.attach({tracee.pid()})), "");
  observation.request_stop();
  const EngineReport report = observation.finish();
  EXPECT_TRUE(report.outcome.has_value());
  EXPECT_EQ(find_breaches(report.events, 0), "");
  EXPECT_FALSE(tracee.condition().is_traced);
  expect_ok(tracee);
}

TEST_P(Attached, KilledWhileObserved) {
  for (const std::vector<std::string>& argv :
       {std::vector<std::string>{"reader_threads", "20"}, std::vector<std::string>{"thread_churn", "0", "8"}}) {
    TraceeProcess tracee = start(argv);
    Observation observation(EngineKind::Seize);
    ASSERT_EQ(message(observation.attach({tracee.pid()})), "");
    observation.await_events(21);
    ASSERT_EQ(::kill(tracee.pid(), SIGKILL), 0);
    const EngineReport report = observation.finish();
    ASSERT_TRUE(report.outcome.has_value());
    EXPECT_GE(count(report, RawKind::Killed), 1);
    EXPECT_EQ(find_breaches(report.events, 0), "");
    const int status = tracee.wait();
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  }
}

TEST_P(Attached, SeveralProcesses) {
  TraceeProcess one = start({"reader_threads", "2"}), two = start({"reader_threads", "2"});
  Observation observation(EngineKind::Seize);
  ASSERT_FALSE(observation.attach({one.pid(), two.pid()}).has_value());
  observation.await_events(6);
  serve(one, 2);
  serve(two, 2);
  const EngineReport report = stop(observation);
  EXPECT_EQ(count(report, RawKind::Attached), 6);
  expect_ok(one);
  expect_ok(two);
}

TEST_P(Attached, ASecondTracerIsRefusedAndToldWhy) {
  TraceeProcess tracee = start({"reader_threads", "1"});
  Observation first(EngineKind::Seize);
  ASSERT_FALSE(first.attach({tracee.pid()}).has_value());
  first.await_events(2);
  Observation second(EngineKind::Seize);
  const auto error = second.attach({tracee.pid()});
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code, ErrorCode::Busy) << error->message << " " << error->hint;
  stop(first);
  serve(tracee, 1);
  expect_ok(tracee);
}

TEST_P(Attached, ANonDumpableProcessOfRoots) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs CAP_SYS_PTRACE";
  TraceeProcess tracee = start({"undumpable"});
  Observation observation(EngineKind::Seize);
  const auto error = observation.attach({tracee.pid()});
  ASSERT_FALSE(error.has_value()) << error->message;
  observation.await_events(1);
  tracee.close_input();
  const EngineReport report = observation.finish();
  EXPECT_EQ(find_lies(report, true).find("FAIL"), std::string::npos);
  expect_ok(tracee);
}

TEST_P(Attached, ALaunchedCommandCanBeLetGo) {
  Observation observation(EngineKind::Seize);
  ASSERT_FALSE(observation.launch({tracee_path("pipe_checksum", GetParam()), "20"}).has_value());
  observation.await_events(300);
  observation.request_stop();
  // It is a child of this process, whichever thread launched it; it goes on and ends well.
  const pid_t pid = observation.launched();
  const EngineReport report = observation.finish();
  EXPECT_EQ(find_breaches(report.events, pid), "");
  EXPECT_EQ(report.outcome->end, EngineOutcome::End::Released);
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

INSTANTIATE_TEST_SUITE_P(Engines, Attached, ::testing::Values(Bits::B64, Bits::B32),
                         [](const auto& info) { return info.param == Bits::B64 ? "Seize_64" : "Seize_32"; });

TEST(AttachErrors, NoSuchProcess) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);  // its number is free now
  Observation observation(EngineKind::Seize);
  const auto error = observation.attach({child});
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code, ErrorCode::NotFound) << error->message;
}

TEST(AttachErrors, NotPermitted) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become someone who may not";
  TraceeProcess tracee = TraceeProcess::start({"undumpable", "65534"}, Bits::B64);
  ASSERT_EQ(tracee.read_line(), "ready");
  const pid_t child = ::fork();
  if (child == 0) {  // the same user, but no capability: only "dumpable" stands in the way
    if (::setgroups(0, nullptr) != 0 || ::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(1);
    Observation observation(EngineKind::Seize);
    const auto error = observation.attach({tracee.pid()});
    if (!error.has_value()) ::_exit(2);
    ::_exit(error->code == ErrorCode::PermissionDenied ? 0 : 3);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
}  // namespace tether::testing
