#pragma once
// Placement: keeps the tracer's thread on the CPU where its busiest tracee runs. The essay is in placement.cc.

#include <cstddef>
#include <cstdint>
#include <optional>

#include "tether/base/ids.h"
#include "tether/procfs/schedule.h"
#include "tether/sys/scheduling.h"
#include "tether/tracee/starvation_guard.h"

namespace tether {

class Placement {
 public:
  /// Belongs to the calling thread, the tracer's. Does nothing, ever, where the thread may not come back from
  /// SCHED_IDLE.
  Placement();
  /// Leaves the thread as it was found.
  ~Placement();
  Placement(const Placement&) = delete;
  Placement& operator=(const Placement&) = delete;

  /// To be told of each stop, before it is served. Never fails: at worst the thread stays where it is.
  void on_stop(Tid tid) {
    if (!is_possible_) return;
    if (tid == favourite_) {
      if (score_ < kSteady) ++score_;
    } else {
      on_stranger(tid);
    }
    if (is_close_)
      check();
    else if (score_ == kSteady)
      consider();
  }

 private:
  static constexpr int kSteady = 12;  ///< stops in favour of one tracee before we go where it is

  void on_stranger(Tid tid);
  void consider();
  void go_to(std::size_t cpu);
  void follow();
  void leave();
  void stay_away(std::uint64_t now_ns);
  bool is_crowded() const;
  void return_home();
  void check();
  bool is_among_strangers() const { return strangers_ * 2 > stops_; }
  bool is_disappointed(std::uint64_t now_ns) const;
  void begin_window(std::uint64_t now_ns);

  StarvationGuard guard_;
  bool is_possible_ = false;
  bool is_close_ = false;
  Tid favourite_;
  int score_ = 0;
  sys::CpuSet home_;     ///< where the thread may run when it follows nobody
  std::size_t cpu_ = 0;  ///< where it follows now

  std::uint64_t window_began_ns_ = 0;
  std::uint64_t lap_began_ns_ = 0;
  std::uint64_t fastest_lap_ns_ = 0;  ///< since we came close
  unsigned stops_ = 0;                ///< in this window
  unsigned strangers_ = 0;            ///< of them, not the favourite's
  procfs::ScheduleUse own_;
  std::optional<std::uint64_t> favourite_run_ns_;
  std::uint64_t patience_ns_;  ///< how long to stay away after the next disappointment
  std::uint64_t not_before_ns_ = 0;
};

}  // namespace tether
