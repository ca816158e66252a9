#pragma once
// The names of signals by the kernel's numbers, which differ from the C library's beyond 31.

#include <string_view>

#include "tether/base/ids.h"

namespace tether {

/// "SIGCHLD", "SIGRTMIN" (the kernel's first real-time signal, 32), "SIGRT_1" (33) … "SIGRT_32" (64); empty for what
/// is no signal.
std::string_view find_signal_name(Signal signal);

}  // namespace tether
