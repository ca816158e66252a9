#include "tether/tracee/starvation_guard.h"

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <optional>

#include "tether/procfs/schedule.h"
#include "tether/procfs/stat.h"
#include "tether/sys/scheduling.h"

namespace tether {

namespace {

/// How often the ward is looked at: it has starved if it waited for a CPU at two looks and had none in between.
constexpr std::chrono::milliseconds kLook(5);

/// How long the ward has run, if it waits for its turn.
std::optional<std::uint64_t> run_time_if_waiting(Tid ward) {
  const auto stat = procfs::read_stat(Pid(ward.value));
  const auto use = procfs::read_schedule_use(ward);
  if (!stat.has_value() || stat->state != 'R' || !use.has_value()) return std::nullopt;
  return use->run_ns;
}

}  // namespace

StarvationGuard::StarvationGuard() : ward_(::gettid()) {}

StarvationGuard::~StarvationGuard() {
  {
    const std::lock_guard lock(mutex_);
    is_done_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void StarvationGuard::arm() {
  {
    const std::lock_guard lock(mutex_);
    is_armed_ = true;
    has_helped_.store(false, std::memory_order_relaxed);
  }
  if (thread_.joinable()) return changed_.notify_all();
  // No signal is meant for it.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { watch(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void StarvationGuard::disarm() {
  const std::lock_guard lock(mutex_);
  is_armed_ = false;
}

void StarvationGuard::watch() {
  std::optional<std::uint64_t> before;
  std::unique_lock lock(mutex_);
  while (!is_done_) {
    if (!is_armed_) {
      before.reset();
      changed_.wait(lock);
      continue;
    }
    const auto now = run_time_if_waiting(ward_);
    if (now && now == before && sys::set_policy(ward_, sys::Policy::Normal).has_value()) {
      has_helped_.store(true, std::memory_order_relaxed);
      is_armed_ = false;
      continue;
    }
    before = now;
    changed_.wait_for(lock, kLook);
  }
}

}  // namespace tether
