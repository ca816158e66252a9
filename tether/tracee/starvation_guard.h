#pragma once
// StarvationGuard: a thread of its own that watches over one under SCHED_IDLE, which cannot help itself: where others
// want its CPU it does not get there to find out.
//
//   StarvationGuard guard;                     // watches over the thread that makes it
//   guard.arm();                               // from now on
//   … if (guard.has_helped()) …                // since it was armed; then the thread is under SCHED_OTHER again
//   guard.disarm();

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "tether/base/ids.h"

namespace tether {

class StarvationGuard {
 public:
  /// The guard's own thread begins with the first arm(), with the policy and the CPUs that the calling thread has then.
  StarvationGuard();
  ~StarvationGuard();
  StarvationGuard(const StarvationGuard&) = delete;
  StarvationGuard& operator=(const StarvationGuard&) = delete;

  void arm();
  void disarm();
  bool has_helped() const { return has_helped_.load(std::memory_order_relaxed); }

 private:
  void watch();

  const Tid ward_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_armed_ = false;
  bool is_done_ = false;
  std::atomic<bool> has_helped_{false};
  std::thread thread_;
};

}  // namespace tether
