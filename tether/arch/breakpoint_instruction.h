#pragma once
// int3: the instruction that stops a thread; one byte long, so that it replaces the beginning of any other. The same in
// x86-64 and i386 code (Intel SDM vol. 2, INT3).

#include <cstddef>

namespace tether::arch {

inline constexpr std::byte kBreakpointInstruction{0xcc};

}  // namespace tether::arch
