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

/// `root` and all processes that descend from it, a parent before its children. A child whose parent ended is no longer
/// a descendant: the kernel gave it to another process. Errors: Io if /proc is not mounted.
Result<std::vector<Pid>> read_process_tree(Pid root);

}  // namespace tether::procfs
