#pragma once
// Room for an undo in a process that has reached its limits.

#include <functional>

#include "tether/base/result.h"
#include "tether/control/change.h"
#include "tether/control/journal.h"

namespace tether {

/// Does `undo`, which takes `change` back. If that fails because the process may have no further descriptor or no
/// further memory, it is done again with that limit raised as far as is needed, until it is done. The raising is a
/// change of its own in the journal. Where the limit cannot be raised, the error is the first one.
Result<void> with_room_to_undo(Journal& journal, const Change& change, const std::function<Result<void>()>& undo);

}  // namespace tether
