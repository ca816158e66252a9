#pragma once
// Values as people write them for a process's memory.
//
//   u32:42   i16:-3,4,5   f64:3.14   ptr:0x7f0012      numbers; several, one behind the other
//   str:hello\n\0   utf16:hello   wstr:hello             text without a NUL but where \0 is written
//   hex:90 90 cc                                         bytes
//
//   const MemoryValue value = TETHER_TRY(parse_memory_value("u32:42", 8));

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "tether/base/result.h"
#include "tether/control/change.h"
#include "tether/control/value_type.h"

namespace tether {

struct MemoryValue {
  ValueType type;  ///< of one element
  Bytes bytes;
};

/// Malformed, with what is there to choose from.
Result<MemoryValue> parse_memory_value(std::string_view text, std::size_t word);

/// C's escapes in `text` replaced by what they mean: \n \t \r \a \b \e \f \v \\ \" \' \0…\377 \x0…\xff.
Result<std::string> unescape(std::string_view text);

/// "90 90", "9090", "0x90 0x90". Malformed for anything else, or an odd number of digits.
Result<Bytes> parse_hex_bytes(std::string_view text);

/// UTF-8 as the little-endian units of another encoding: 2 (UTF-16) or 4 (UTF-32, glibc's wchar_t) bytes each.
/// Malformed if it is no UTF-8.
Result<Bytes> encode_text(std::string_view utf8, std::size_t unit);

/// "48 8b 05", two digits a byte.
std::string format_hex_bytes(std::span<const std::byte> bytes);

}  // namespace tether
