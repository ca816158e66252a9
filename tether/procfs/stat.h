#pragma once
// /proc/PID/stat (proc(5)): what the scheduler and the terminal know of a task.
//
//   Stat stat = TETHER_TRY(read_stat(tid));
//   double cpu_seconds = seconds_of_ticks(stat.user_ticks + stat.system_ticks);

#include <cstdint>
#include <string>
#include <string_view>

#include "tether/base/ids.h"
#include "tether/base/result.h"

namespace tether::procfs {

struct Stat {
  Tid tid;
  std::string name;  ///< comm, as its bytes are
  char state = '?';  ///< R S D T t Z X I
  Pid parent;
  std::int32_t process_group = 0;
  std::int32_t session = 0;
  std::uint32_t terminal_device = 0;   ///< the controlling terminal as the kernel packs it; 0 if none
  std::int32_t foreground_group = -1;  ///< of that terminal
  std::uint32_t flags = 0;             ///< PF_* of include/linux/sched.h
  std::uint64_t user_ticks = 0;        ///< CPU time in ticks (seconds_of_ticks); of a process: of all its threads
  std::uint64_t system_ticks = 0;
  std::int64_t priority = 0;
  std::int64_t nice = 0;
  std::uint32_t threads = 0;
  std::uint64_t start_ticks = 0;  ///< since boot
  std::uint32_t last_cpu = 0;
  std::uint32_t realtime_priority = 0;  ///< 0: none
  std::uint32_t policy = 0;             ///< SCHED_OTHER … (sched(7))
};

/// Malformed if it does not have the fields up to `policy` (Linux ≥ 2.5).
Result<Stat> parse_stat(std::string_view text);

/// Of one task: its times are its own. NotFound or TraceeGone if there is no such task.
Result<Stat> read_task_stat(Tid tid);

/// Of a process: its times are those of all its threads, also of those that are gone.
Result<Stat> read_stat(Pid pid);

/// Ticks are 1/sysconf(_SC_CLK_TCK) of a second.
double seconds_of_ticks(std::uint64_t ticks);

/// When the kernel started the task, by today's clock: seconds since 1970, exact to a tick.
double wall_clock_of_start(const Stat& stat);

/// How long ago that was, in seconds.
double age_in_seconds(const Stat& stat);

}  // namespace tether::procfs
