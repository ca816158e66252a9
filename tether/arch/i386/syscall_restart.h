#pragma once
// The i386 numbers of the calls that arch/syscall_restart.h speaks of.

#include <cstdint>
#include <span>

namespace tether::arch::i386 {

std::span<const std::uint32_t> calls_harmless_to_restart();

}  // namespace tether::arch::i386
