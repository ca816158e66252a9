#pragma once
// Why a thread got a SIGTRAP.

#include "tether/tracee/stop.h"

namespace tether {

int si_code_of(const SigInfoBytes& info);

/// An int3 has stopped the thread, if the signal is SIGTRAP.
bool is_breakpoint_signal(const SigInfoBytes& info);

/// A debug register has, likewise.
bool is_debug_register_signal(const SigInfoBytes& info);

}  // namespace tether
