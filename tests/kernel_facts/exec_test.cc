// execve by a thread that is not the leader: it takes over the leader's id (Tracer::classify_event).

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "tests/kernel_facts/child.h"

namespace tether::facts {
namespace {

/// A process whose second thread executes `true` when told to.
int exec_from_thread(Pipe& go) {
  const auto exec = [](void* pipe) -> void* {
    static_cast<Pipe*>(pipe)->take();
    ::execl("/bin/true", "true", nullptr);
    ::_exit(126);
  };
  pthread_t thread;
  static_cast<Pipe&>(go).take();
  ::pthread_create(&thread, nullptr, exec, &go);
  for (;;) ::pause();
}

TEST(Exec, OfANonLeaderTakesTheLeadersIdAndAnswersOnlyAfterItsStopWasConsumed) {
  Pipe go;
  Child child([&] { return exec_from_thread(go); });
  const pid_t leader = child.pid();
  seize_and_stop(leader, PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC);
  ASSERT_EQ(trace(PTRACE_CONT, leader), 0);
  go.put('g');
  ASSERT_EQ(take_stop(leader), event_status(PTRACE_EVENT_CLONE));
  unsigned long thread = 0, former = 0;
  ASSERT_EQ(trace(PTRACE_GETEVENTMSG, leader, 0, reinterpret_cast<std::uintptr_t>(&thread)), 0);
  take_stop(static_cast<pid_t>(thread));
  ASSERT_EQ(trace(PTRACE_CONT, leader), 0);
  ASSERT_EQ(trace(PTRACE_CONT, static_cast<pid_t>(thread)), 0);
  go.put('g');

  ASSERT_EQ(peek_stop(leader), event_status(PTRACE_EVENT_EXEC));
  EXPECT_EQ(trace(PTRACE_GETEVENTMSG, leader, 0, reinterpret_cast<std::uintptr_t>(&former)), -1);
  EXPECT_EQ(errno, ESRCH);
  take_stop(leader);
  EXPECT_EQ(trace(PTRACE_GETEVENTMSG, leader, 0, reinterpret_cast<std::uintptr_t>(&former)), 0);
  EXPECT_EQ(former, thread);
  siginfo_t info;
  EXPECT_EQ(::waitid(P_PID, static_cast<id_t>(thread), &info, WEXITED | WSTOPPED | WNOHANG | __WALL), -1);
  EXPECT_EQ(errno, ECHILD) << "the thread's own id is gone, and no death is reported for it or for the former leader";
  ASSERT_EQ(trace(PTRACE_CONT, leader), 0);
  EXPECT_EQ(child.end(), 0);
}

TEST(Exec, OfTheLeaderAnswersAtOnce) {
  Pipe go;
  Child child([&] {
    go.take();
    ::execl("/bin/true", "true", nullptr);
    return 126;
  });
  seize_and_stop(child.pid(), PTRACE_O_TRACEEXEC);
  ASSERT_EQ(trace(PTRACE_CONT, child.pid()), 0);
  go.put('g');
  ASSERT_EQ(peek_stop(child.pid()), event_status(PTRACE_EVENT_EXEC));
  unsigned long former = 0;
  EXPECT_EQ(trace(PTRACE_GETEVENTMSG, child.pid(), 0, reinterpret_cast<std::uintptr_t>(&former)), 0);
  EXPECT_EQ(former, static_cast<unsigned long>(child.pid()));
}

}  // namespace
}  // namespace tether::facts
