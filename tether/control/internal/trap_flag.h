#pragma once
// The trap flag, where stepping would show it to a program.

#include "tether/arch/general_registers.h"
#include "tether/base/ids.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"

namespace tether {

bool has_trap_flag(const GeneralRegisters& registers);
void clear_trap_flag(GeneralRegisters& registers);

/// Clears it in the flags that a pushf has just stored at `stack_pointer`; of whatever width they are.
Result<void> clear_pushed_trap_flag(Tid tid, RemoteAddr stack_pointer);

}  // namespace tether
