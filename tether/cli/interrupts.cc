#include "tether/cli/interrupts.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <utility>

#include "tether/base/clock.h"

namespace tether::cli {

namespace {

/// timeout(1) and shells send a signal to the process and to its group: what comes within this time is the same
/// request.
constexpr std::uint64_t kSameRequestNs = 200'000'000;

bool is_ignored(int signal) {
  struct sigaction action;
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

Interrupts::Interrupts(Interruptible interruptible, Stops stops) : interruptible_(interruptible) {
  ::sigemptyset(&heeded_);
  for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP})
    if (!is_ignored(signal)) ::sigaddset(&heeded_, signal);
  if (stops == Stops::Blocked) ::sigaddset(&heeded_, SIGTSTP);
  sigset_t blocked = heeded_;
  if (stops == Stops::Blocked)
    for (const int signal : {SIGTTIN, SIGTTOU}) ::sigaddset(&blocked, signal);
  ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

void Interrupts::serve(Actions actions) {
  actions_ = std::move(actions);
  signals_ = UniqueFd(::signalfd(-1, &heeded_, SFD_CLOEXEC | SFD_NONBLOCK));
  end_ = UniqueFd(::eventfd(0, EFD_CLOEXEC));
  watcher_ = std::thread([this] { watch(); });
}

void Interrupts::finish() {
  if (!watcher_.joinable()) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(end_.get(), &one, sizeof one);
  watcher_.join();
}

void Interrupts::watch() {
  pollfd fds[] = {{.fd = signals_.get(), .events = POLLIN, .revents = 0},
                  {.fd = end_.get(), .events = POLLIN, .revents = 0}};
  while (::poll(fds, 2, -1) < 0 || fds[1].revents == 0) {
    signalfd_siginfo info;
    while (::read(signals_.get(), &info, sizeof info) == sizeof info)
      heed(static_cast<int>(info.ssi_signo), info.ssi_code == SI_KERNEL);
  }
}

void Interrupts::heed(int signal, bool is_from_terminal) {
  if (signal == SIGTSTP) return actions_.stop_with_command();
  if (interruptible_ != Interruptible::Always) return;
  const auto command = actions_.command();
  if (command && is_from_terminal) return;
  const std::uint64_t now = monotonic_ns();
  const bool is_first = heeded_ns_ == 0;
  const bool is_repeated = !is_first && now - heeded_ns_ > kSameRequestNs;
  if (is_first) heeded_ns_ = now;
  if (command && !is_repeated) {
    ::kill(command->value, signal);
  } else if (is_first || is_repeated) {
    stopped_.store(true, std::memory_order_relaxed);
    actions_.stop();
  }
}

}  // namespace tether::cli
