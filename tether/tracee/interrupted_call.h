#pragma once
// Undoing the one harm that a plain attach does.

#include "tether/base/result.h"
#include "tether/tracee/stop.h"

namespace tether {

/// If the stop made a call such as epoll_wait return EINTR (arch/syscall_restart.h), arranges for the kernel to start
/// it again, unless a signal handler is about to run, in which case the program gets its EINTR as it would have without
/// a tracer. Must be called at the stop that PTRACE_INTERRUPT caused, or at that of a signal, before it is resumed.
/// Writes only the result register.
Result<void> repair_interrupted_call(InterruptStop& stop);
Result<void> repair_interrupted_call(SignalDeliveryStop& stop);

}  // namespace tether
