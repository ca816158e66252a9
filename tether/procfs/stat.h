#pragma once
// /proc/PID/stat, as far as tether asks it (proc(5)).

#include <cstdint>
#include <string_view>

#include "tether/base/ids.h"
#include "tether/base/result.h"

namespace tether::procfs {

struct Stat {
  std::uint64_t start_ticks = 0;  ///< when the task was made, in clock ticks (sysconf(_SC_CLK_TCK)) since boot
};

/// Malformed if it has too few fields.
Result<Stat> parse_stat(std::string_view text);

/// NotFound or TraceeGone if there is no such task.
Result<Stat> read_stat(Tid tid);

}  // namespace tether::procfs
