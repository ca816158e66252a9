#pragma once
// The page of x86: the unit in which memory is mapped, protected, and there or not. Huge ones are made of such.

#include <cstddef>

namespace tether {

inline constexpr std::size_t kPageSize = 4096;

}  // namespace tether
