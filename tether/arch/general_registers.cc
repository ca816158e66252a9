#include "tether/arch/general_registers.h"

#include "tether/arch/i386/registers.h"
#include "tether/arch/x86_64/registers.h"

namespace tether {

std::span<const RegisterName> register_names(Abi abi) {
  return abi == Abi::X86_64 ? arch::x86_64::register_names() : arch::i386::register_names();
}

std::optional<std::uint64_t> find_register(const GeneralRegisters& registers, Abi abi, std::string_view name) {
  for (const RegisterName& r : register_names(abi)) {
    if (r.name != name) continue;
    const std::uint64_t word = registers.words[r.word];
    return r.bits == 64 ? word : word & ((std::uint64_t{1} << r.bits) - 1);
  }
  return std::nullopt;
}

}  // namespace tether
