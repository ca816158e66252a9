#pragma once
// Addresses and other numbers as people write them in hexadecimal.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tether {

/// "0x7f00", lower case, without leading zeros; "0x0" for 0.
std::string hex(std::uint64_t value);

/// The same without "0x".
std::string hex_digits(std::uint64_t value);

/// Two digits for each byte, "2a00ff", with `between` between them.
std::string hex_digits(std::span<const std::byte> bytes, std::string_view between = {});

}  // namespace tether
