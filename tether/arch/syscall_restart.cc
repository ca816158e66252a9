#include "tether/arch/syscall_restart.h"

#include <algorithm>

#include "tether/arch/i386/syscall_restart.h"
#include "tether/arch/x86_64/syscall_restart.h"

namespace tether {

bool is_harmless_to_restart(SyscallNr nr, std::uint64_t first_argument) {
  if (nr.abi == Abi::I386 && arch::i386::is_harmless_to_restart_multiplexed(nr.number, first_argument)) return true;
  const auto calls =
      nr.abi == Abi::X86_64 ? arch::x86_64::calls_harmless_to_restart() : arch::i386::calls_harmless_to_restart();
  return std::find(calls.begin(), calls.end(), nr.number) != calls.end();
}

bool has_restart_block(SyscallNr nr) {
  const auto calls =
      nr.abi == Abi::X86_64 ? arch::x86_64::calls_with_restart_block() : arch::i386::calls_with_restart_block();
  return std::find(calls.begin(), calls.end(), nr.number) != calls.end();
}

bool is_restart_call(SyscallNr nr) {
  return nr.number == (nr.abi == Abi::X86_64 ? arch::x86_64::kRestartCall : arch::i386::kRestartCall);
}

}  // namespace tether
