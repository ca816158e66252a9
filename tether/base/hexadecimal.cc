#include "tether/base/hexadecimal.h"

#include <charconv>
#include <iterator>

namespace tether {

std::string hex(std::uint64_t value) {
  char digits[16];
  return "0x" + std::string(digits, std::to_chars(std::begin(digits), std::end(digits), value, 16).ptr);
}

}  // namespace tether
