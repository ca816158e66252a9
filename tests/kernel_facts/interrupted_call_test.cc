// What a tracer's stops do to a system call that sleeps (the essay in tether/tracee/interrupted_call.cc,
// docs/decisions/0004-repair-interrupted-calls.md).

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "tests/kernel_facts/child.h"

namespace tether::facts {
namespace {

constexpr long kRestartNoHand = 514;  // include/linux/errno.h
constexpr int kPatienceMs = 20000;    // longer than any test: a call that waits so long was not interrupted

/// Waits by epoll for a byte in the pipe: 100 for the byte, the errno, or 0 for the time-out.
int wait_by_epoll(const Pipe& pipe) {
  const int epoll = ::epoll_create1(0);
  epoll_event event = {.events = EPOLLIN, .data = {}};
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, pipe.read, &event);
  const int count = ::epoll_wait(epoll, &event, 1, kPatienceMs);
  return count == 1 ? 100 : count == 0 ? 0 : errno;
}

void on_signal(int) {}

void set_result(pid_t tid, long result) {
  user_regs_struct regs = registers(tid);
  regs.rax = static_cast<unsigned long long>(result);
  ASSERT_EQ(trace(PTRACE_SETREGS, tid, 0, reinterpret_cast<std::uintptr_t>(&regs)), 0);
}

TEST(InterruptedCall, EpollWaitFailsWithEintrAfterAnInterrupt) {
  Pipe pipe;
  Child child([&] { return wait_by_epoll(pipe); });
  await_call(child.pid(), SYS_epoll_wait);
  seize_and_stop(child.pid());
  EXPECT_EQ(static_cast<long>(registers(child.pid()).rax), -EINTR);
  ASSERT_EQ(trace(PTRACE_CONT, child.pid()), 0);
  EXPECT_EQ(child.end(), EINTR);
}

TEST(InterruptedCall, ReadIsRestartedAfterAnInterrupt) {
  Pipe pipe;
  Child child([&] { return pipe.take() == 'x' ? 100 : 0; });
  await_call(child.pid(), SYS_read);
  seize_and_stop(child.pid());
  ASSERT_EQ(trace(PTRACE_CONT, child.pid()), 0);
  pipe.put('x');
  EXPECT_EQ(child.end(), 100);
}

TEST(InterruptedCall, EintrReplacedByErestartnohandIsRestarted) {
  Pipe pipe;
  Child child([&] { return wait_by_epoll(pipe); });
  await_call(child.pid(), SYS_epoll_wait);
  seize_and_stop(child.pid());
  set_result(child.pid(), -kRestartNoHand);
  ASSERT_EQ(trace(PTRACE_CONT, child.pid()), 0);
  pipe.put('x');
  EXPECT_EQ(child.end(), 100);
}

TEST(InterruptedCall, EintrReplacedByErestartnohandIsEintrAgainIfAHandlerRuns) {
  Pipe pipe;
  Child child([&] {
    ::signal(SIGUSR1, on_signal);
    return wait_by_epoll(pipe);
  });
  await_call(child.pid(), SYS_epoll_wait);
  seize_and_stop(child.pid());
  set_result(child.pid(), -kRestartNoHand);
  ASSERT_EQ(::kill(child.pid(), SIGUSR1), 0);
  ASSERT_EQ(trace(PTRACE_CONT, child.pid()), 0);
  ASSERT_EQ(take_stop(child.pid()), SIGUSR1);
  ASSERT_EQ(trace(PTRACE_CONT, child.pid(), 0, SIGUSR1), 0);
  EXPECT_EQ(child.end(), EINTR);
}

TEST(InterruptedCall, AnIgnoredSignalInterruptsTheCallOfATracee) {
  Pipe pipe;
  Child child([&] {
    ::signal(SIGUSR1, SIG_IGN);
    return wait_by_epoll(pipe);
  });
  await_call(child.pid(), SYS_epoll_wait);
  ASSERT_EQ(::kill(child.pid(), SIGUSR1), 0);
  ASSERT_EQ(trace(PTRACE_SEIZE, child.pid()), 0);
  EXPECT_FALSE(has_stop(child.pid())) << "one that came before the tracer is gone";
  ASSERT_EQ(::kill(child.pid(), SIGUSR1), 0);
  ASSERT_EQ(take_stop(child.pid()), SIGUSR1);
  EXPECT_EQ(static_cast<long>(registers(child.pid()).rax), -EINTR);
  ASSERT_EQ(trace(PTRACE_CONT, child.pid(), 0, SIGUSR1), 0);
  EXPECT_EQ(child.end(), EINTR);
}

/// Runs a child to the entry of its epoll_wait.
void run_to_entry(pid_t tid, const Pipe& go) {
  seize_and_stop(tid, PTRACE_O_TRACESYSGOOD);
  go.put('g');
  do {
    ASSERT_EQ(trace(PTRACE_SYSCALL, tid), 0);
    take_stop(tid);
  } while (registers(tid).orig_rax != SYS_epoll_wait);
}

TEST(InterruptedCall, LettingGoAtTheEntryInterruptsTheCallToCome) {
  Pipe pipe, go;
  Child child([&] {
    go.take();
    return wait_by_epoll(pipe);
  });
  run_to_entry(child.pid(), go);
  ASSERT_EQ(trace(PTRACE_DETACH, child.pid()), 0);
  EXPECT_EQ(child.end(), EINTR) << "TIF_SIGPENDING is set by __ptrace_unlink";
}

TEST(InterruptedCall, AnInterruptAskedForAtTheEntryIsSeenBehindTheCall) {
  Pipe pipe, go;
  Child child([&] {
    go.take();
    return wait_by_epoll(pipe);
  });
  run_to_entry(child.pid(), go);
  ASSERT_EQ(trace(PTRACE_INTERRUPT, child.pid()), 0);
  ASSERT_EQ(trace(PTRACE_CONT, child.pid()), 0);
  EXPECT_EQ(take_stop(child.pid()), event_status(PTRACE_EVENT_STOP));
  EXPECT_EQ(static_cast<long>(registers(child.pid()).rax), -EINTR);
  set_result(child.pid(), -kRestartNoHand);
  ASSERT_EQ(trace(PTRACE_DETACH, child.pid()), 0);
  pipe.put('x');
  EXPECT_EQ(child.end(), 100);
}

TEST(InterruptedCall, AnyOtherStopTakesBackAPendingInterrupt) {
  Pipe pipe, go;
  Child child([&] {
    go.take();
    return wait_by_epoll(pipe);
  });
  run_to_entry(child.pid(), go);
  ASSERT_EQ(trace(PTRACE_INTERRUPT, child.pid()), 0);
  ASSERT_EQ(trace(PTRACE_SYSCALL, child.pid()), 0);
  EXPECT_EQ(take_stop(child.pid()), SIGTRAP | 0x80);  // the exit of the call
  ASSERT_EQ(trace(PTRACE_CONT, child.pid()), 0);
  EXPECT_EQ(child.end(), EINTR) << "no stop between the exit and the end";
}

}  // namespace
}  // namespace tether::facts
