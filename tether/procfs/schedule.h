#pragma once
// What /proc tells of a task's way through the scheduler: where it ran, for how long, and how long it waited for its
// turn.

#include <cstdint>
#include <string_view>

#include "tether/base/ids.h"
#include "tether/base/result.h"

namespace tether::procfs {

struct ScheduleUse {
  std::uint64_t run_ns = 0;   ///< on a CPU
  std::uint64_t wait_ns = 0;  ///< runnable, while something else ran
};

/// /proc/PID/schedstat (Documentation/scheduler/sched-stats.rst). Malformed if it is not three numbers.
Result<ScheduleUse> parse_schedule_use(std::string_view text);

/// NotFound if there is no such task, or if the kernel was built without CONFIG_SCHED_INFO.
Result<ScheduleUse> read_schedule_use(Tid tid);
Result<ScheduleUse> read_own_schedule_use();

/// The CPU that a task ran on last: the 39th field of /proc/PID/stat (proc(5)). Malformed if there are fewer.
Result<std::size_t> parse_last_cpu(std::string_view stat);
Result<std::size_t> read_last_cpu(Tid tid);

/// How many tasks of the whole machine run or wait for a CPU just now: the fourth field of /proc/loadavg (proc(5)).
/// Malformed if there are fewer.
Result<std::size_t> parse_runnable_count(std::string_view loadavg);
Result<std::size_t> read_runnable_count();

}  // namespace tether::procfs
