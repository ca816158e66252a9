#pragma once
// The registers of i386, by name, as a 64-bit tracer sees them.

#include <array>
#include <cstddef>
#include <span>

#include "tether/arch/general_registers.h"

namespace tether::arch::i386 {

extern const std::size_t kFirstArgumentWord;  ///< ebx
extern const std::array<std::size_t, 6> kSyscallArgumentWords;

/// The instruction that enters the kernel, `int $0x80`.
inline constexpr std::array<std::byte, 2> kSyscallInstruction{std::byte{0xcd}, std::byte{0x80}};

std::span<const RegisterName> register_names();

}  // namespace tether::arch::i386
