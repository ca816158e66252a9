#pragma once
// Which system calls give up with EINTR when a tracer stops them, and may be started again.
//
// Most calls that a stop interrupts return one of the kernel's ERESTART codes and are restarted without the program
// noticing. A few return EINTR at once (signal(7), "Interruption of system calls … by stop signals"), so that merely
// attaching makes epoll_wait fail in a program that never receives a signal. For those in this list an EINTR means that
// nothing was done yet, so that starting them again is what the program expects.

#include <cstdint>

#include "tether/arch/abi.h"

namespace tether {

/// True if the call of this number has had no effect when it returns EINTR. `first_argument` tells what i386's
/// socketcall and ipc are.
bool is_harmless_to_restart(SyscallNr nr, std::uint64_t first_argument);

/// True if the kernel notes, when the call is interrupted, how to go on with it, in a place that each thread has once
/// (struct restart_block): another such call overwrites what the first left there.
bool has_restart_block(SyscallNr nr);

/// True for restart_syscall, the call by which the kernel goes on from that place. Which call it was is lost.
bool is_restart_call(SyscallNr nr);

/// The kernel's internal "go on by restart_syscall" (include/linux/errno.h, ERESTART_RESTARTBLOCK).
inline constexpr std::int64_t kRestartByBlock = 516;

/// The kernel's internal "restart unless a handler runs" (include/linux/errno.h, ERESTARTNOHAND).
inline constexpr std::int64_t kRestartUnlessHandled = 514;

/// True for ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND and ERESTART_RESTARTBLOCK, negated as system calls return them:
/// the kernel will restart the call, or turn the code into EINTR (include/linux/errno.h).
constexpr bool is_restart_code(std::int64_t result) {
  return result <= -512 && result >= -516 && result != -515;
}

}  // namespace tether
