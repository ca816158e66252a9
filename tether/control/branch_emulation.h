#pragma once
// Branches of x86 carried out on a thread's registers, without executing them. Pure.

#include <optional>

#include "tether/arch/abi.h"
#include "tether/arch/general_registers.h"
#include "tether/base/memory_reader.h"
#include "tether/base/remote_addr.h"
#include "tether/disasm/disassembler.h"

namespace tether {

/// nop in all its lengths, endbr64 and endbr32: nothing but the instruction pointer changes.
bool does_nothing(const disasm::Instruction& instruction);

/// A near call, or a near jump whose target stands in the instruction: what emulate_branch() can do.
bool is_emulated_branch(const disasm::Instruction& instruction, Abi abi);

/// Moves the instruction pointer to where the branch leads (and counts down what `loop` counts); a call's return
/// address is left for the caller to push. nullopt, with nothing changed, if the memory that holds the target cannot be
/// read.
std::optional<GeneralRegisters> emulate_branch(const disasm::Instruction& instruction, Abi abi,
                                               const GeneralRegisters& registers, MemoryReader& memory);

}  // namespace tether
