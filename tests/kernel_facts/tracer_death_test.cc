// What becomes of a tracee when its tracer dies (docs/decisions/0001-peek-at-stops.md, and why a filtered tree is bound
// to tether).

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "tests/kernel_facts/child.h"

namespace tether::facts {
namespace {

int heard_fd;
void hear(int signal) {
  const char c = signal == SIGUSR1 ? '1' : '2';
  if (::write(heard_fd, &c, 1) != 1 || c == '2') ::_exit(0);
}

/// A child is sent SIGUSR1 under a tracer that looks at the stop in its own way and dies; then SIGUSR2 without a
/// tracer. Returns what it heard of.
std::string heard_after(int (*look)(pid_t)) {
  Pipe heard, ready;
  Child child([&] {
    ::close(heard.read);
    heard_fd = heard.write;
    struct sigaction action = {};
    action.sa_handler = hear;
    ::sigfillset(&action.sa_mask);  // so that the second waits for the first to be handled
    ::sigaction(SIGUSR1, &action, nullptr);
    ::sigaction(SIGUSR2, &action, nullptr);
    ready.put('r');
    for (;;) ::pause();
    return 0;
  });
  ready.take();
  Child tracer([&] {
    trace(PTRACE_SEIZE, child.pid());
    ready.put('s');
    look(child.pid());
    ready.put('l');
    for (;;) ::pause();
    return 0;
  });
  ready.take();
  ::kill(child.pid(), SIGUSR1);
  ready.take();
  tracer.kill();
  ::kill(child.pid(), SIGUSR2);
  EXPECT_EQ(child.end(), 0);
  heard.close_write();
  std::string all;
  while (const char c = heard.take()) all += c;
  return all;
}

TEST(TracerDeath, ASignalWhoseStopWasPeekedAtIsDelivered) {
  EXPECT_EQ(heard_after(peek_stop), "12");
}

TEST(TracerDeath, ASignalWhoseStopWasConsumedIsLost) {
  EXPECT_EQ(heard_after(take_stop), "2");
}

TEST(TracerDeath, ExitKillTakesTheTraceeAlong) {
  Pipe ready;
  Child child([] {
    for (;;) ::pause();
    return 0;
  });
  Child tracer([&] {
    trace(PTRACE_SEIZE, child.pid(), 0, PTRACE_O_EXITKILL);
    ready.put('s');
    for (;;) ::pause();
    return 0;
  });
  ready.take();
  tracer.kill();
  EXPECT_EQ(child.end(), 1000 + SIGKILL);
}

TEST(TracerDeath, AnInterruptThatFoundNoMomentIsForgotten) {
  Pipe ready, go;
  Child child([&] {
    const pid_t grandchild = ::vfork();
    if (grandchild == 0) {
      char c;
      ::_exit(static_cast<int>(::read(go.read, &c, 1)));
    }
    return 7;
  });
  await_state(child.pid(), 'D');
  Child tracer([&] {
    trace(PTRACE_SEIZE, child.pid());
    trace(PTRACE_INTERRUPT, child.pid());
    ready.put('s');
    for (;;) ::pause();
    return 0;
  });
  ready.take();
  tracer.kill();
  go.put('g');
  EXPECT_EQ(child.end(), 7);
}

TEST(TracerDeath, SeccompTraceWithoutATracerFailsWithEnosys) {
  Child child([] {
    sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpgid, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program = {4, code};
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) return 1;
    return ::syscall(SYS_getpgid, 0) == -1 ? errno : 0;
  });
  EXPECT_EQ(child.end(), ENOSYS);
}

}  // namespace
}  // namespace tether::facts
