#pragma once
// How tether ends: as the command did that it ran, or by what went wrong.

#include "tether/base/error.h"
#include "tether/base/ids.h"

namespace tether::cli {

/// 127 if the command was not found, 126 if it could not be executed, 125 for all else.
int status_of_launch_failure(const Error& error);

/// Ends this process by `signal`, without a core of its own. Returns 128 + signal should the signal not be deadly.
int die_of(Signal signal);

}  // namespace tether::cli
