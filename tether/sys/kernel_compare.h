#pragma once
// kcmp(2): whether two tasks share a resource of the kernel.

#include "tether/base/ids.h"
#include "tether/base/result.h"

namespace tether::sys {

/// Whether two tasks have one address space (CLONE_VM): threads, and vfork's child with its parent. Errors: TraceeGone;
/// PermissionDenied without the right to ptrace(2) both; Unsupported where the kernel has no kcmp (CONFIG_KCMP, Linux
/// ≥ 3.5).
Result<bool> share_memory(Tid a, Tid b);

}  // namespace tether::sys
