#pragma once
// The i386 numbers of the calls that arch/syscall_restart.h speaks of.

#include <cstdint>
#include <span>

namespace tether::arch::i386 {

std::span<const std::uint32_t> calls_harmless_to_restart();
std::span<const std::uint32_t> calls_with_restart_block();
/// restart_syscall
extern const std::uint32_t kRestartCall;

/// For socketcall and ipc, whose first argument says which call it really is.
bool is_harmless_to_restart_multiplexed(std::uint32_t number, std::uint64_t first_argument);

}  // namespace tether::arch::i386
