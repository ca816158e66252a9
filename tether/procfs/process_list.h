#pragma once
// The processes of this machine, by the directories of /proc.

#include <string_view>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"

namespace tether::procfs {

/// The ids of all processes at one moment, ascending. Errors: Io if /proc is not mounted.
Result<std::vector<Pid>> read_process_ids();

/// The processes whose name (comm, at most 15 bytes) is `name`, or whose name is the first 15 bytes of it.
Result<std::vector<Pid>> find_processes(std::string_view name);

/// The process and all that descend from it, parents before their children, as it is at this moment.
Result<std::vector<Pid>> read_descendants(Pid ancestor);

}  // namespace tether::procfs
