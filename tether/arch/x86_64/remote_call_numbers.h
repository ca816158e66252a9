#pragma once
// The numbers of the calls in tether/arch/remote_call_list.h, in its order.

#include <cstdint>
#include <span>

namespace tether::arch::x86_64 {

std::span<const std::uint16_t> remote_call_numbers();

}  // namespace tether::arch::x86_64
