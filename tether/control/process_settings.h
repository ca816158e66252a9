#pragma once
// Settings: what of a running process has a name and a value: limits, scheduling, working directory, umask.
//
//   TETHER_CHECK(apply_setting(changes, "rlimit.nofile", "65536"));
//   Result<std::string> now = read_setting(leader_of(pid), "umask");       // "022"

#include <string>
#include <string_view>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/control/change.h"
#include "tether/control/changes.h"

namespace tether {

/// What one may be set to, for people.
struct SettingInfo {
  std::string name;   ///< "rlimit.nofile"
  std::string value;  ///< "SOFT[:HARD], a number with k, M or G, or unlimited"
  std::string help;
};
std::vector<SettingInfo> known_settings();

/// The present value of a task's setting, in the form in which it can be given to apply_setting. NotFound for a name
/// that is none, with the nearest one.
Result<std::string> read_setting(Tid tid, std::string_view name);

/// Changes a setting of the whole process; of all its threads where each has its own (nice, affinity). Nothing is
/// changed if the value does not parse (Malformed). Errors: PermissionDenied, those of the kernel; those of RemoteCalls
/// for cwd and umask, which only the process itself can change.
Result<void> apply_setting(Changes& changes, std::string_view name, std::string_view value);

/// Sets the former value again. Busy if the present one is not the one that was set.
Result<void> undo(Pid pid, const SettingChange& change, UndoMode mode);

}  // namespace tether
