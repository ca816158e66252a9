#include "tether/base/hexadecimal.h"

#include <charconv>
#include <iterator>

namespace tether {

std::string hex(std::uint64_t value) {
  return "0x" + hex_digits(value);
}

std::string hex_digits(std::uint64_t value) {
  char digits[16];
  return {digits, std::to_chars(std::begin(digits), std::end(digits), value, 16).ptr};
}

std::string hex_digits(std::span<const std::byte> bytes, std::string_view between) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * (2 + between.size()));
  for (const std::byte b : bytes) {
    if (!text.empty()) text += between;
    text += kDigits[std::to_integer<unsigned>(b) >> 4];
    text += kDigits[std::to_integer<unsigned>(b) & 15];
  }
  return text;
}

}  // namespace tether
