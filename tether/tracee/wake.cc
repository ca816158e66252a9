#include "tether/tracee/wake.h"

#include <signal.h>

#include <chrono>

namespace tether {

namespace {

int wake_signal() {
  return SIGRTMAX - 3;
}

void install_handler() {
  struct sigaction current;
  ::sigaction(wake_signal(), nullptr, &current);
  if (current.sa_handler != SIG_DFL) return;
  struct sigaction action = {};
  action.sa_handler = [](int) {};  // no SA_RESTART: the point is to interrupt
  ::sigaction(wake_signal(), &action, nullptr);
}

}  // namespace

Wake::Wake() : owner_(::pthread_self()) {
  install_handler();
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, wake_signal());
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

Wake::~Wake() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  done_changed_.notify_all();
  if (knocker_.joinable()) knocker_.join();
}

void Wake::start() {
  const std::lock_guard lock(mutex_);
  if (knocker_.joinable()) return;
  knocker_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!done_) {
      ::pthread_kill(owner_, wake_signal());
      done_changed_.wait_for(lock, std::chrono::milliseconds(5));
    }
  });
}

}  // namespace tether
