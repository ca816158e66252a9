#pragma once
// GeneralRegisters: the integer registers of a stopped tracee, as PTRACE_GETREGS gives them to a 64-bit tracer.
//
// The kernel uses one layout (struct user_regs_struct) for 64-bit and 32-bit tracees; what differs is which words have
// which name and how wide they are. That is said in arch/x86_64/registers.h and arch/i386/registers.h.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "tether/arch/abi.h"

namespace tether {

struct GeneralRegisters {
  std::array<std::uint64_t, 27> words{};
};

/// One register of an ABI: where it lies in GeneralRegisters::words and how many of its bits count.
struct RegisterName {
  std::string_view name;
  std::uint8_t word;
  std::uint8_t bits;
};

/// The registers of an ABI, in the order in which people expect them.
std::span<const RegisterName> register_names(Abi abi);

/// The value of the register called `name` ("rdi", "orig_rax", "eip"); nullopt if the ABI has none of that name.
std::optional<std::uint64_t> find_register(const GeneralRegisters& registers, Abi abi, std::string_view name);

}  // namespace tether
