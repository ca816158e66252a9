#pragma once
// The registers of x86-64, by name.

#include <span>

#include "tether/arch/general_registers.h"

namespace tether::arch::x86_64 {

/// Word indexes that code needs by name.
extern const std::size_t kResultWord;         ///< rax: a call's result at its exit
extern const std::size_t kSyscallNumberWord;  ///< orig_rax: the call's number; -1 outside of a system call
extern const std::size_t kInstructionPointerWord;
extern const std::size_t kFirstArgumentWord;  ///< rdi

std::span<const RegisterName> register_names();

}  // namespace tether::arch::x86_64
