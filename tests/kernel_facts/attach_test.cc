// Coming under observation: PTRACE_SEIZE, children that are tracees from birth, PTRACE_TRACEME
// (tether/tracee/tracer.cc, launch.cc).

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/kernel_facts/child.h"

namespace tether::facts {
namespace {

pid_t event_message(pid_t tid) {
  unsigned long message = 0;
  EXPECT_EQ(trace(PTRACE_GETEVENTMSG, tid, 0, reinterpret_cast<std::uintptr_t>(&message)), 0);
  return static_cast<pid_t>(message);
}

TEST(Attach, SeizingStopsNobody) {
  Pipe pipe;
  Child child([&] { return pipe.take(); });
  await_call(child.pid(), SYS_read);
  ASSERT_EQ(trace(PTRACE_SEIZE, child.pid()), 0);
  EXPECT_FALSE(has_stop(child.pid()));
  pipe.put(3);
  EXPECT_EQ(child.end(), 3);
}

TEST(Attach, AChildOfASeizedTraceeBeginsWithAnEventStopAndNoSignal) {
  Child child([] {
    for (;;) {
      const pid_t made = ::fork();
      if (made == 0) ::_exit(4);
      ::waitpid(made, nullptr, 0);
    }
    return 0;
  });
  seize_and_stop(child.pid(), PTRACE_O_TRACEFORK);
  int status = 0;
  do {
    ASSERT_EQ(trace(PTRACE_CONT, child.pid()), 0);
    status = take_stop(child.pid());
  } while (status != event_status(PTRACE_EVENT_FORK));
  const pid_t made = event_message(child.pid());
  EXPECT_EQ(take_stop(made), event_status(PTRACE_EVENT_STOP)) << "before its parent has been resumed";
  ASSERT_EQ(trace(PTRACE_CONT, made), 0);
  ASSERT_EQ(::waitpid(made, &status, __WALL), made);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 4);
}

TEST(Attach, TraceMeGetsASigtrapBehindItsExecAndItsChildrenASigstop) {
  Child child([] {
    trace(PTRACE_TRACEME, 0);
    ::execl("/bin/sh", "sh", "-c", "(exit 3); exit 5", nullptr);
    return 1;
  });
  ASSERT_EQ(take_stop(child.pid()), SIGTRAP);
  ASSERT_EQ(trace(PTRACE_SETOPTIONS, child.pid(), 0, PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEVFORK),
            0);
  ASSERT_EQ(trace(PTRACE_CONT, child.pid()), 0);
  take_stop(child.pid());
  const pid_t made = event_message(child.pid());
  EXPECT_EQ(take_stop(made), SIGSTOP);
  ASSERT_EQ(trace(PTRACE_CONT, made), 0);
  int status = 0;
  ASSERT_EQ(::waitpid(made, &status, __WALL), made);
  ASSERT_EQ(trace(PTRACE_CONT, child.pid()), 0);
  ASSERT_EQ(take_stop(child.pid()), SIGCHLD);
  ASSERT_EQ(trace(PTRACE_CONT, child.pid(), 0, SIGCHLD), 0);
  EXPECT_EQ(child.end(), 5);
}

TEST(Attach, ALeaderThatHasEndedCannotBeSeizedItsThreadsCan) {
  Pipe go;
  Child child([&] {
    const auto wait_for_go = [](void* pipe) -> void* { ::_exit(static_cast<Pipe*>(pipe)->take()); };
    pthread_t thread;
    ::pthread_create(&thread, nullptr, wait_for_go, &go);
    ::syscall(SYS_exit, 0);
    return 1;
  });
  await_state(child.pid(), 'Z');
  EXPECT_EQ(trace(PTRACE_SEIZE, child.pid()), -1);
  EXPECT_EQ(errno, EPERM);
  std::vector<pid_t> seized;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(child.pid()) + "/task"))
    if (const pid_t tid = std::stoi(task.path().filename()); trace(PTRACE_SEIZE, tid) == 0) seized.push_back(tid);
  ASSERT_EQ(seized.size(), 1u);
  go.put(6);
  EXPECT_EQ(::waitpid(seized[0], nullptr, __WALL), seized[0]) << "its tracer must reap it before the process can end";
  EXPECT_EQ(child.end(), 6);
}

TEST(Attach, TheParentOfAVforkCannotBeStoppedBeforeItsChildIsDone) {
  Pipe go;
  Child child([&] {
    const pid_t made = ::vfork();
    if (made == 0) {
      char c;
      ::_exit(static_cast<int>(::read(go.read, &c, 1)));
    }
    for (;;) ::pause();
    return 0;
  });
  await_state(child.pid(), 'D');
  ASSERT_EQ(trace(PTRACE_SEIZE, child.pid()), 0);
  ASSERT_EQ(trace(PTRACE_INTERRUPT, child.pid()), 0);
  EXPECT_FALSE(has_stop(child.pid()));
  go.put('g');
  EXPECT_EQ(take_stop(child.pid()), event_status(PTRACE_EVENT_STOP));
}

TEST(Attach, VforkDoneComesWhenTheChildHasLetGoOfTheMemory) {
  Pipe go;
  Child child([&] {
    go.take();
    if (::vfork() == 0) ::_exit(0);
    for (;;) ::pause();
    return 0;
  });
  seize_and_stop(child.pid(), PTRACE_O_TRACEVFORK | PTRACE_O_TRACEVFORKDONE);
  ASSERT_EQ(trace(PTRACE_CONT, child.pid()), 0);
  go.put('g');
  ASSERT_EQ(take_stop(child.pid()), event_status(PTRACE_EVENT_VFORK));
  const pid_t made = event_message(child.pid());
  take_stop(made);
  ASSERT_EQ(trace(PTRACE_CONT, child.pid()), 0);
  EXPECT_FALSE(has_stop(child.pid())) << "its child stands still and has not let go";
  ASSERT_EQ(trace(PTRACE_CONT, made), 0);
  EXPECT_EQ(take_stop(child.pid()), event_status(PTRACE_EVENT_VFORK_DONE));
  EXPECT_EQ(event_message(child.pid()), made);
}

}  // namespace
}  // namespace tether::facts
