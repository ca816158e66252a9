#pragma once
// Cutting the text of a /proc file into lines, words and numbers. Nothing here fails: what is not there is empty or 0.

#include <algorithm>
#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>

#include "tether/base/ids.h"

namespace tether::procfs {

/// "/proc/4242/status"
inline std::string path_in_proc(Tid tid, std::string_view file) {
  std::string path = "/proc/" + std::to_string(tid.value) + "/";
  return path.append(file);
}

/// Cuts off what stands before the next `separator`, which goes too.
inline std::string_view take_field(std::string_view& rest, char separator) {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view field = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return field;
}

inline std::string_view take_line(std::string_view& rest) {
  return take_field(rest, '\n');
}

/// Cuts off the next word between blanks and tabs.
inline std::string_view take_word(std::string_view& rest) {
  const std::size_t start = rest.find_first_not_of(" \t");
  if (start == std::string_view::npos) return rest = {};
  rest.remove_prefix(start);
  const std::size_t end = std::min(rest.find_first_of(" \t"), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end);
  return word;
}

inline std::string_view without_blanks(std::string_view text) {
  const std::size_t start = std::min(text.find_first_not_of(" \t"), text.size());
  const std::size_t end = text.find_last_not_of(" \t\n");
  return end == std::string_view::npos ? std::string_view() : text.substr(start, end + 1 - start);
}

/// The number that the whole of `word` is; absent if it is none. A leading 0x is allowed in base 16.
template <std::integral Int>
std::optional<Int> find_number(std::string_view word, int base = 10) {
  if (base == 16 && word.starts_with("0x")) word.remove_prefix(2);
  Int value{};
  const auto [end, err] = std::from_chars(word.data(), word.data() + word.size(), value, base);
  if (err != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

/// The same, 0 if it is none.
template <std::integral Int>
Int number_or_zero(std::string_view word, int base = 10) {
  return find_number<Int>(word, base).value_or(0);
}

}  // namespace tether::procfs
