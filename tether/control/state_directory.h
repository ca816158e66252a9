#pragma once
// Where tether keeps what belongs to one life of one process: its journal, a search that is to be narrowed.
//
// $XDG_STATE_HOME/tether, or ~/.local/state/tether, of the user who runs tether.

#include <filesystem>
#include <string>
#include <string_view>

#include "tether/base/ids.h"
#include "tether/base/result.h"

namespace tether {

/// It need not exist yet.
std::filesystem::path state_directory();

/// Makes it, for this user alone. Errors: Io, PermissionDenied.
Result<void> make_state_directory();

/// "PID-START-BOOT" and `suffix`: a file name that no other process ever has. NotFound if there is no such process.
Result<std::string> name_of_life(Pid pid, std::string_view suffix);

/// Removes the files with this suffix that belong to processes that are no more.
void prune_state(std::string_view suffix);

}  // namespace tether
