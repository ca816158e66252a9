#pragma once
// The registers of x86-64, by name.

#include <array>
#include <cstddef>
#include <span>

#include "tether/arch/general_registers.h"
#include "tether/base/remote_addr.h"

namespace tether::arch::x86_64 {

/// Word indexes that code needs by name.
extern const std::size_t kResultWord;         ///< rax: a call's result at its exit
extern const std::size_t kSyscallNumberWord;  ///< orig_rax: the call's number; -1 outside of a system call
extern const std::size_t kInstructionPointerWord;
extern const std::size_t kFirstArgumentWord;  ///< rdi
extern const std::size_t kStackPointerWord;
extern const std::size_t kCodeSegmentWord;
extern const std::size_t kCounterWord;  ///< rcx
extern const std::array<std::size_t, 6> kSyscallArgumentWords;

/// The instruction that enters the kernel, `syscall`.
inline constexpr std::array<std::byte, 2> kSyscallInstruction{std::byte{0x0f}, std::byte{0x05}};

std::span<const RegisterName> register_names();

RemoteAddr instruction_pointer(const GeneralRegisters& registers);

}  // namespace tether::arch::x86_64
