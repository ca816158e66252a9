#include "tether/control/guardian.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "tether/base/clock.h"

namespace tether {

namespace {

constexpr int kEndings[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

int ending_pipe = -1;  // a signal handler has no other way to know it

void tell_guardian(int) {
  const int saved = errno;
  [[maybe_unused]] const ssize_t told = ::write(ending_pipe, "e", 1);
  errno = saved;
}

[[noreturn]] void be_guardian(Isolation isolation, UniqueFd pipe, const std::function<int(Front&)>& work) {
  if (isolation == Isolation::OwnSession) ::setsid();
  for (const int signal : kEndings) ::signal(signal, SIG_IGN);
  ::signal(SIGPIPE, SIG_IGN);  // whoever read what the front said may have gone with it
  ::prctl(PR_SET_NAME, "tether-guardian");
  Front front(std::move(pipe));
  const int status = work(front);
  std::fflush(nullptr);
  ::_exit(status);  // the front's buffers and exit handlers are the front's
}

Result<GuardedEnd> await_guardian(pid_t guardian) {
  int status = 0;
  while (::waitpid(guardian, &status, 0) < 0)
    if (errno != EINTR) return fail(errno_error(errno, "waitpid"));
  if (WIFSIGNALED(status)) return GuardedEnd{.was_killed = true, .status = WTERMSIG(status)};
  return GuardedEnd{.was_killed = false, .status = WEXITSTATUS(status)};
}

}  // namespace

bool Front::is_ending() {
  return await_ending(std::chrono::milliseconds(0));
}

unsigned Front::requests() {
  constexpr std::uint64_t kSameRequestNs = 200'000'000;
  if (!is_ending()) return 0;
  const std::uint64_t now = monotonic_ns();
  int signals = 0;
  ::ioctl(pipe_.get(), FIONREAD, &signals);
  if (first_request_ns_ == 0) first_request_ns_ = now;
  if (now - first_request_ns_ < kSameRequestNs) first_signals_ = signals;
  return signals > first_signals_ ? 2 : 1;
}

bool Front::await_ending(std::chrono::milliseconds patience) {
  pollfd entry{.fd = pipe_.get(), .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, static_cast<int>(patience.count())) > 0;
}

void Front::await_ending() {
  while (!await_ending(std::chrono::hours(1))) {
  }
}

Result<GuardedEnd> run_guarded(Isolation isolation, const std::function<int(Front&)>& work) {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return fail(errno_error(errno, "pipe2"));
  UniqueFd reader(fds[0]);
  UniqueFd writer(fds[1]);
  std::fflush(nullptr);
  ending_pipe = writer.get();
  ::fcntl(ending_pipe, F_SETFL, O_NONBLOCK);
  for (const int signal : kEndings) {
    struct sigaction former;
    ::sigaction(signal, nullptr, &former);
    if (former.sa_handler != SIG_IGN) ::signal(signal, tell_guardian);
  }
  const pid_t guardian = ::fork();  // with the handlers: who sees the guardian at work may ask the front to end
  if (guardian == 0) {
    writer.reset();
    be_guardian(isolation, std::move(reader), work);
  }
  const int forked = errno;
  // The reader stays open here, too: a signal that comes when the guardian has just ended must not end us by SIGPIPE.
  auto end = guardian < 0 ? Result<GuardedEnd>(fail(errno_error(forked, "fork"))) : await_guardian(guardian);
  for (const int signal : kEndings) ::signal(signal, SIG_DFL);
  return end;
}

}  // namespace tether
