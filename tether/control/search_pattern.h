#pragma once
// SearchPattern: what to look for in memory.
//
//   42  -7                          a number alone is an i32 (u32, i64, u64 if it does not fit)
//   u16:42   f64:1.5..2.5   10..20  a number of any width; a range, both ends included
//   u32:any                         every u32: where to begin if the value is not known, only how it changes
//   str:text\n  utf16:text  wstr:text   text in UTF-8, UTF-16, UTF-32
//   hex:48 8b ?? 05                 bytes, ?? for any
//   regex:[a-z]+@example            POSIX extended (regex(7)), over bytes; a match does not contain a NUL
//
//   const SearchPattern pattern = TETHER_TRY(parse_search_pattern("u32:42", 8));

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tether/base/result.h"
#include "tether/control/change.h"
#include "tether/control/value_type.h"

namespace tether {

struct SearchPattern {
  enum class Kind : std::uint8_t {
    Numbers,  ///< of `type`, from `low` to `high`
    Any,      ///< all numbers of `type`
    Bytes,    ///< `bytes` where `mask` is 0xff
    Regex,    ///< `expression`
  };
  Kind kind = Kind::Numbers;
  ValueType type;  ///< of what is found: a number, or text
  Number low;
  Number high;
  Bytes bytes;
  Bytes mask;  ///< as long as `bytes`
  std::string expression;
  std::string text;  ///< as it was given
  /// Bytes that one find has; 0 for a Regex, whose finds differ.
  std::size_t width() const { return kind == Kind::Regex ? 0 : kind == Kind::Bytes ? bytes.size() : type.width; }
  /// What addresses it is looked for at unless someone says otherwise: a number's own width, else every one.
  std::size_t natural_alignment() const { return kind == Kind::Numbers || kind == Kind::Any ? type.width : 1; }
};

/// The longest pattern, and the longest match of a Regex, in bytes.
inline constexpr std::size_t kLongestPattern = 4096;

/// Malformed, with what is there to choose from.
Result<SearchPattern> parse_search_pattern(std::string_view text, std::size_t word);

/// A number, or a range, of a known type: "42", "1..3". Malformed.
struct NumberRange {
  Number low;
  Number high;
};
Result<NumberRange> parse_number_range(std::string_view text, const ValueType& type);

}  // namespace tether
