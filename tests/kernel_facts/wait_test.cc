// waitid(2) as the wait loop uses it (tether/sys/wait.h, the essay in tether/tracee/tracer.cc).

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "tests/kernel_facts/child.h"

namespace tether::facts {
namespace {

int call_for_ever() {
  for (;;) ::syscall(SYS_getpgid, 0);
  return 0;
}

pid_t peek_any() {
  siginfo_t info;
  info.si_pid = 0;
  EXPECT_EQ(::waitid(P_ALL, 0, &info, WSTOPPED | WEXITED | WNOWAIT | __WALL | __WNOTHREAD), 0);
  return info.si_pid;
}

TEST(Wait, ResumingDiscardsAPeekedStop) {
  Pipe pipe;
  Child child([&] { return pipe.take(); });
  ASSERT_EQ(trace(PTRACE_SEIZE, child.pid()), 0);
  ASSERT_EQ(trace(PTRACE_INTERRUPT, child.pid()), 0);
  EXPECT_EQ(peek_stop(child.pid()), event_status(PTRACE_EVENT_STOP));
  EXPECT_TRUE(has_stop(child.pid())) << "peeking consumes nothing";
  ASSERT_EQ(trace(PTRACE_CONT, child.pid()), 0);
  EXPECT_FALSE(has_stop(child.pid()));
  pipe.put(5);
  EXPECT_EQ(child.end(), 5);
}

TEST(Wait, AConsumedStopIsNotReportedAgain) {
  Child child([] { return call_for_ever(); });
  ASSERT_EQ(trace(PTRACE_SEIZE, child.pid()), 0);
  ASSERT_EQ(trace(PTRACE_INTERRUPT, child.pid()), 0);
  take_stop(child.pid());
  EXPECT_FALSE(has_stop(child.pid()));
  EXPECT_EQ(trace(PTRACE_CONT, child.pid()), 0) << "but it is as stopped as before";
}

/// The first tracee in the kernel's list is reported for ever, though another one waits all the time.
// A peek (WNOWAIT) shows the leader's own 0 before Linux 5.17.
TEST(Wait, AConsumedDeathTellsHowTheProcessEndedThoughItsLeaderWentFirst) {
  Child child([] {
    std::thread([] {
      await_state(::getpid(), 'Z');
      ::_exit(3);
    }).detach();
    ::syscall(SYS_exit, 0);
    return 0;
  });
  EXPECT_EQ(child.end(), 3);
}

TEST(Wait, OneTraceeCanStarveAllOthers) {
  Child one([] { return call_for_ever(); }), two([] { return call_for_ever(); });
  for (const pid_t tid : {one.pid(), two.pid()}) {
    ASSERT_EQ(trace(PTRACE_SEIZE, tid, 0, PTRACE_O_TRACESYSGOOD), 0);
    ASSERT_EQ(trace(PTRACE_INTERRUPT, tid), 0);
    peek_stop(tid);
  }
  const pid_t first = peek_any();
  const pid_t other = first == one.pid() ? two.pid() : one.pid();
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(peek_any(), first);
    ASSERT_TRUE(has_stop(other));
    ASSERT_EQ(trace(PTRACE_SYSCALL, first), 0);
    peek_stop(first);
  }
}

TEST(Wait, ASecondThreadsWaitDoesNotMeetOurTracees) {
  Child child([] { return call_for_ever(); });
  ASSERT_EQ(trace(PTRACE_SEIZE, child.pid()), 0);
  ASSERT_EQ(trace(PTRACE_INTERRUPT, child.pid()), 0);
  peek_stop(child.pid());
  std::thread([&] {
    siginfo_t info;
    EXPECT_EQ(::waitid(P_ALL, 0, &info, WSTOPPED | WEXITED | WNOWAIT | __WALL | __WNOTHREAD), -1);
    EXPECT_EQ(errno, ECHILD);
    EXPECT_EQ(trace(PTRACE_CONT, child.pid()), -1);
    EXPECT_EQ(errno, ESRCH) << "ptrace is bound to the thread that attached";
  }).join();
  EXPECT_EQ(peek_any(), child.pid());
}

TEST(Wait, ASigkilledTraceeAnswersEsrchAndItsDeathIsReported) {
  Child child([] { return call_for_ever(); });
  seize_and_stop(child.pid());
  ASSERT_EQ(::kill(child.pid(), SIGKILL), 0);
  await_state(child.pid(), 'Z');
  EXPECT_EQ(trace(PTRACE_CONT, child.pid()), -1);
  EXPECT_EQ(errno, ESRCH);
  siginfo_t info;
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child.pid()), &info, WEXITED | WNOWAIT | __WALL), 0);
  EXPECT_EQ(info.si_code, CLD_KILLED);
  EXPECT_EQ(child.end(), 1000 + SIGKILL);
}

}  // namespace
}  // namespace tether::facts
