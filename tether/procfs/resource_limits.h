#pragma once
// /proc/PID/limits: the resource limits of a process (getrlimit(2)).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"

namespace tether::procfs {

struct Limit {
  std::string name;                   ///< "open files"; the kernel's "Max " is left out
  std::optional<std::uint64_t> soft;  ///< absent: unlimited
  std::optional<std::uint64_t> hard;
  std::string unit;  ///< "bytes", "files"; empty for priorities

  friend bool operator==(const Limit&, const Limit&) = default;
};

/// Lines that are not understood are left out. Malformed if nothing is left.
Result<std::vector<Limit>> parse_limits(std::string_view text);

/// NotFound if there is no such process.
Result<std::vector<Limit>> read_limits(Pid pid);

}  // namespace tether::procfs
