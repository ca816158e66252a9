#pragma once
// How a call ended, as it stands behind "= ".

#include <string>

#include "tether/event/event.h"
#include "tether/sink/text/value_text.h"

namespace tether {

/// `3</etc/passwd>`, `-1 ENOENT (No such file or directory)`, `? ERESTARTSYS (To be restarted if SA_RESTART is set)`,
/// `?`, `1 (in [3])`.
void append_result(std::string& out, const SyscallResult& result, const ValueTextOptions& options);

}  // namespace tether
