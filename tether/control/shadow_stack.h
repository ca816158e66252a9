#pragma once
// Shadow stacks (CET): the processor keeps a second copy of each return address, where only calls put them. A call that
// is made without being executed leaves the two stacks different, and the return from it kills the process.

#include <string_view>

#include "tether/base/ids.h"
#include "tether/base/result.h"

namespace tether {

/// Whether a stopped thread has one just now. Linux ≥ 6.6; earlier ones give programs none.
bool has_shadow_stack(Tid tid);

/// Unsupported if it has one: `what` cannot be done then.
Result<void> refuse_shadow_stack(Tid tid, std::string_view what);

}  // namespace tether
