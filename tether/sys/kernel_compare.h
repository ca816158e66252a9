#pragma once
// kcmp(2): whether two tasks share a resource of the kernel.

#include "tether/base/ids.h"
#include "tether/base/result.h"

namespace tether::sys {

enum class Sharing : std::uint8_t { No, Yes };

/// Whether two processes have one address space (CLONE_VM). Errors: TraceeGone; PermissionDenied without the right to
/// ptrace(2) both; Unsupported where the kernel has no kcmp (CONFIG_KCMP, Linux ≥ 3.5).
Result<Sharing> share_memory(Pid a, Pid b);

}  // namespace tether::sys
