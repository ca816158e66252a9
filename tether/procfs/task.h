#pragma once
// /proc/PID/task: the threads of a process.

#include <string>
#include <string_view>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"

namespace tether::procfs {

/// The ids of all threads of the group that `tid` belongs to, at one moment: one born during the listing may be
/// missing. NotFound if there is no such task.
Result<std::vector<Tid>> read_task_ids(Tid tid);

/// The task by which a process's memory, files and descriptors can be seen: its main thread; or another, where that has
/// ended before the others, since the kernel shows none of them under the process's own number then. The main thread if
/// none lives.
Tid living_task_of(Pid pid);
/// Where that task's `rest` is, such as "fd": "/proc/TID/fd".
std::string living_path(Pid pid, std::string_view rest);

/// The task's name (comm), at most 15 bytes, as its bytes are. Empty if the task is gone.
std::string read_comm(Tid tid);

/// How the kernel's choice of whom to kill when memory runs out is shifted for a process: -1000 (never) to 1000.
/// Malformed, or NotFound if there is no such process.
Result<int> parse_oom_score_adj(std::string_view text);
Result<int> read_oom_score_adj(Pid pid);

/// Where a /proc/PID link such as "fd/3", "cwd" or "exe" points. NotFound if there is none.
Result<std::string> read_link(Tid tid, std::string_view link);

}  // namespace tether::procfs
