#include "tether/control/internal/trap_signal.h"

#include <signal.h>

#include <cstring>

namespace tether {

int si_code_of(const SigInfoBytes& bytes) {
  siginfo_t info;
  std::memcpy(&info, bytes.data(), sizeof info);
  return info.si_code;
}

bool is_breakpoint_signal(const SigInfoBytes& info) {
  // arch/x86/kernel/traps.c, do_int3: SI_KERNEL
  return si_code_of(info) == SI_KERNEL;
}

bool is_debug_register_signal(const SigInfoBytes& info) {
  return si_code_of(info) == TRAP_HWBKPT;
}

}  // namespace tether
