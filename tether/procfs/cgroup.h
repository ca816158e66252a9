#pragma once
// /proc/PID/cgroup (cgroups(7)): where a process stands in the hierarchies of control groups.

#include <string>
#include <string_view>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"

namespace tether::procfs {

struct Cgroup {
  std::uint32_t hierarchy = 0;  ///< 0: the unified one (cgroup v2)
  std::string controllers;      ///< "cpu,cpuacct", "name=systemd"; empty for the unified one
  std::string path;             ///< from the root of our cgroup namespace
};

/// One for each line "hierarchy:controllers:path"; other lines are left out.
std::vector<Cgroup> parse_cgroups(std::string_view text);

/// Empty where the kernel has no control groups. NotFound if there is no such process.
Result<std::vector<Cgroup>> read_cgroups(Pid pid);

}  // namespace tether::procfs
