#pragma once
// Addresses and other numbers as people write them in hexadecimal.

#include <cstdint>
#include <string>

namespace tether {

/// "0x7f00", lower case, without leading zeros; "0x0" for 0.
std::string hex(std::uint64_t value);

}  // namespace tether
