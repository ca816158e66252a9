#pragma once
// Giving back the state of an open file description: offset, status flags, close-on-exec.

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/control/change.h"

namespace tether {

/// `change` is of kind Modified, and `now` what its descriptor is at present. Busy if that is in another state than it
/// was left in.
Result<void> restore_descriptor_state(Pid pid, const DescriptorChange& change, const DescriptorImage& now,
                                      UndoMode mode);

}  // namespace tether
