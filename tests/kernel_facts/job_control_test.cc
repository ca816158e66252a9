// Group-stops of seized tracees (GroupStop in tether/tracee/stop.h).

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "tests/kernel_facts/child.h"

namespace tether::facts {
namespace {

/// Brings a seized child into the group-stop of SIGSTOP.
void stop_group(pid_t tid) {
  ASSERT_EQ(trace(PTRACE_SEIZE, tid), 0);
  ASSERT_EQ(::kill(tid, SIGSTOP), 0);
  ASSERT_EQ(take_stop(tid), SIGSTOP) << "first the signal";
  ASSERT_EQ(trace(PTRACE_CONT, tid, 0, SIGSTOP), 0);
  ASSERT_EQ(take_stop(tid), event_status(PTRACE_EVENT_STOP, SIGSTOP))
      << "then the stop, told from others by its signal";
}

TEST(GroupStop, ListenLeavesItStoppedUntilSigcont) {
  Pipe pipe;
  Child child([&] { return pipe.take(); });
  stop_group(child.pid());
  ASSERT_EQ(trace(PTRACE_LISTEN, child.pid()), 0);
  pipe.put(5);
  EXPECT_FALSE(has_stop(child.pid()));
  EXPECT_EQ(trace(PTRACE_CONT, child.pid()), -1) << "listening is not stopped";
  EXPECT_EQ(errno, ESRCH);
  ASSERT_EQ(::kill(child.pid(), SIGCONT), 0);
  EXPECT_EQ(take_stop(child.pid()), event_status(PTRACE_EVENT_STOP, SIGTRAP)) << "the end of the group-stop";
  ASSERT_EQ(trace(PTRACE_CONT, child.pid()), 0);
  ASSERT_EQ(take_stop(child.pid()), SIGCONT);
  ASSERT_EQ(trace(PTRACE_CONT, child.pid(), 0, SIGCONT), 0);
  EXPECT_EQ(child.end(), 5);
}

TEST(GroupStop, ContWouldEndIt) {
  Pipe pipe;
  Child child([&] { return pipe.take(); });
  stop_group(child.pid());
  pipe.put(5);
  ASSERT_EQ(trace(PTRACE_CONT, child.pid()), 0);
  EXPECT_EQ(child.end(), 5) << "it runs although nobody sent SIGCONT: why a GroupStop has no deliver()";
}

TEST(GroupStop, OutlivesLettingGo) {
  Pipe pipe;
  Child child([&] { return pipe.take(); });
  stop_group(child.pid());
  ASSERT_EQ(trace(PTRACE_DETACH, child.pid()), 0);
  await_state(child.pid(), 'T');
  pipe.put(5);
  ASSERT_EQ(::kill(child.pid(), SIGCONT), 0);
  EXPECT_EQ(child.end(), 5);
}

TEST(GroupStop, OfASeizedTraceeHasASiginfo) {
  Child child([] { return ::pause(); });
  stop_group(child.pid());
  siginfo_t info;
  ASSERT_EQ(trace(PTRACE_GETSIGINFO, child.pid(), 0, reinterpret_cast<std::uintptr_t>(&info)), 0);
  EXPECT_EQ(info.si_code, event_status(PTRACE_EVENT_STOP, SIGSTOP));
}

TEST(GroupStop, OfAnAttachedTraceeHasNone) {
  Child child([] {
    trace(PTRACE_TRACEME, 0);
    return ::raise(SIGSTOP);
  });
  ASSERT_EQ(take_stop(child.pid()), SIGSTOP);
  ASSERT_EQ(trace(PTRACE_CONT, child.pid(), 0, SIGSTOP), 0);
  ASSERT_EQ(take_stop(child.pid()), SIGSTOP);
  siginfo_t info;
  EXPECT_EQ(trace(PTRACE_GETSIGINFO, child.pid(), 0, reinterpret_cast<std::uintptr_t>(&info)), -1);
  EXPECT_EQ(errno, EINVAL) << "how a group-stop is told from a signal under PTRACE_TRACEME";
}

}  // namespace
}  // namespace tether::facts
