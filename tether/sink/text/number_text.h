#pragma once
// Numbers as text, appended to a buffer. On the hot path: no locale, no allocation but the buffer's.

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>

#include "tether/event/value.h"

namespace tether {

inline void append_unsigned(std::string& out, std::uint64_t number) {
  if (number < 10) return out.push_back(static_cast<char>('0' + number));
  char digits[20];
  const char* end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, static_cast<std::size_t>(end - digits));
}

inline void append_signed(std::string& out, std::int64_t number) {
  if (number >= 0) return append_unsigned(out, static_cast<std::uint64_t>(number));
  out.push_back('-');
  append_unsigned(out, std::uint64_t{0} - static_cast<std::uint64_t>(number));
}

/// 0x1f; zero is "0", as printf's %#x has it.
inline void append_hex(std::string& out, std::uint64_t number) {
  if (number == 0) return out.push_back('0');
  char digits[18] = {'0', 'x'};
  const char* end = std::to_chars(digits + 2, digits + sizeof digits, number, 16).ptr;
  out.append(digits, static_cast<std::size_t>(end - digits));
}

/// 0644; zero is "0".
inline void append_octal(std::string& out, std::uint64_t number) {
  if (number == 0) return out.push_back('0');
  char digits[23] = {'0'};
  const char* end = std::to_chars(digits + 1, digits + sizeof digits, number, 8).ptr;
  out.append(digits, static_cast<std::size_t>(end - digits));
}

/// The last `digits` decimal digits of `number`, with leading zeros.
inline void append_padded(std::string& out, std::uint64_t number, std::size_t digits) {
  out.append(digits, '0');
  for (char* at = out.data() + out.size(); digits != 0; --digits, number /= 10)
    *--at = static_cast<char>('0' + number % 10);
}

/// A file mode: at least three digits, the first a zero: 0644, 022, 000.
inline void append_mode(std::string& out, std::uint64_t number) {
  if (number < 010) {
    out.append("00");
    return out.push_back(static_cast<char>('0' + number));
  }
  append_octal(out, number);
}

inline void append_number(std::string& out, std::uint64_t number, NumberStyle style) {
  switch (style) {
    case NumberStyle::Signed:
      return append_signed(out, static_cast<std::int64_t>(number));
    case NumberStyle::Unsigned:
      return append_unsigned(out, number);
    case NumberStyle::Hex:
      return append_hex(out, number);
    case NumberStyle::Octal:
      return append_octal(out, number);
    case NumberStyle::Mode:
      return append_mode(out, number);
  }
}

}  // namespace tether
