#pragma once
// The registers of i386, by name, as a 64-bit tracer sees them.

#include <span>

#include "tether/arch/general_registers.h"

namespace tether::arch::i386 {

extern const std::size_t kFirstArgumentWord;  ///< ebx

std::span<const RegisterName> register_names();

}  // namespace tether::arch::i386
