#pragma once
// The x86_64 numbers of the calls that arch/syscall_restart.h speaks of.

#include <cstdint>
#include <span>

namespace tether::arch::x86_64 {

std::span<const std::uint32_t> calls_harmless_to_restart();
std::span<const std::uint32_t> calls_with_restart_block();
/// restart_syscall
extern const std::uint32_t kRestartCall;

}  // namespace tether::arch::x86_64
