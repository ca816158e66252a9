// PTRACE_INTERRUPT wakes a thread that sleeps in the kernel as a signal would. Most calls answer with ERESTARTSYS or
// its sisters, and the kernel starts them again on the way back to user mode. epoll_wait and a few others answer EINTR,
// which the kernel hands to the program: an event loop that never saw a signal in its life sees one fail because
// somebody looked at it.
//
// The stop happens on that way back, in get_signal(), before the kernel decides about restarting
// (arch/x86/kernel/signal.c, arch_do_signal_or_restart). There we replace EINTR by ERESTARTNOHAND: if a handler is to
// run, the kernel turns it back into EINTR; if not, it restarts the call. What the restarted call cannot get back is
// the part of a time-out that had passed already. docs/decisions/0004 weighs this against leaving the EINTR.

#include "tether/tracee/interrupted_call.h"

#include <cerrno>

#include "tether/arch/i386/registers.h"
#include "tether/arch/syscall_restart.h"
#include "tether/arch/x86_64/registers.h"

namespace tether {

namespace {

Result<void> repair(Stop& stop) {
  namespace x86 = arch::x86_64;
  GeneralRegisters registers = TETHER_TRY(stop.registers());
  const auto result = static_cast<std::int64_t>(registers.words[x86::kResultWord]);
  const auto number = static_cast<std::int64_t>(registers.words[x86::kSyscallNumberWord]);
  if (number < 0) return ok();  // not in a system call
  const Abi abi = TETHER_TRY(sys::syscall_info(stop.tid())).abi;
  const bool is_interrupted = abi == Abi::X86_64 ? result == -EINTR : static_cast<std::int32_t>(result) == -EINTR;
  const std::uint64_t first_argument =
      registers.words[abi == Abi::X86_64 ? x86::kFirstArgumentWord : arch::i386::kFirstArgumentWord];
  if (!is_interrupted || !is_harmless_to_restart({abi, static_cast<std::uint32_t>(number)}, first_argument))
    return ok();
  registers.words[x86::kResultWord] = static_cast<std::uint64_t>(-kRestartUnlessHandled);
  return stop.set_registers(registers);
}

}  // namespace

Result<void> repair_interrupted_call(InterruptStop& stop) {
  return repair(stop);
}
Result<void> repair_interrupted_call(SignalDeliveryStop& stop) {
  return repair(stop);
}

}  // namespace tether
