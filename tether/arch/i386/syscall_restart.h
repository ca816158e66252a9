#pragma once
// The i386 numbers of the calls that arch/syscall_restart.h speaks of.

#include <cstdint>
#include <span>

namespace tether::arch::i386 {

std::span<const std::uint32_t> calls_harmless_to_restart();

/// For socketcall and ipc, whose first argument says which call it really is.
bool is_harmless_to_restart_multiplexed(std::uint32_t number, std::uint64_t first_argument);

}  // namespace tether::arch::i386
