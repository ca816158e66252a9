#pragma once
// Making a descriptor of a process refer to something else, in one stop of the process.

#include <functional>
#include <optional>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/control/change.h"
#include "tether/control/remote_calls.h"

namespace tether {

/// Makes the number refer to something else, by calls of the process; on error it is as it was.
using Place = std::function<Result<void>(RemoteCalls&)>;

/// Stops the process and changes what `at` refers to; its epoll registrations move on to the new file. If `at` is no
/// longer what `expected` says, nothing is done: Busy. What `at` is afterwards is returned.
Result<DescriptorImage> swap_descriptor(Pid pid, const RemoteCallOptions& options, Fd at,
                                        const std::optional<DescriptorImage>& expected, const Place& place);

}  // namespace tether
