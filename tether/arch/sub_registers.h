#pragma once
// The parts of registers that have names of their own: eax, ax, al and ah of rax.
//
//   find_register_value(registers, Abi::X86_64, "eax")      // the low 32 bits of rax

#include <cstdint>
#include <optional>
#include <string_view>

#include "tether/arch/general_registers.h"

namespace tether {

/// Where a part lies: `bits` of the register `whole`, from bit `shift` on.
struct RegisterPart {
  std::string_view whole;  ///< as in register_names()
  std::uint8_t shift;
  std::uint8_t bits;
};

/// Absent if the ABI has no such part. Not for whole registers.
std::optional<RegisterPart> find_register_part(Abi abi, std::string_view name);

/// The value of a register or of a part of one; absent if the ABI has none of that name.
std::optional<std::uint64_t> find_register_value(const GeneralRegisters& registers, Abi abi, std::string_view name);

/// Whether any ABI has a register, or a part of one, of this name.
bool is_register_name(std::string_view name);

}  // namespace tether
