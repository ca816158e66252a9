#pragma once
// get_robust_list(2): where a thread's C library keeps the list of the locks that it holds.

#include "tether/base/ids.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"

namespace tether::sys {

/// The head of the list that a 64-bit task has registered; null if it has none. Needs no stop. Errors: TraceeGone;
/// PermissionDenied without the right to look at the task (PTRACE_MODE_READ_REALCREDS).
Result<RemoteAddr> robust_list_head(Tid tid);

}  // namespace tether::sys
