#pragma once
// Settings whose names begin with "rlimit.": the limits of getrlimit(2), as "SOFT:HARD".

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/control/changes.h"

namespace tether {

/// All of the text, as a number.
template <class Int>
std::optional<Int> parse_whole(std::string_view text, int base = 10) {
  Int value{};
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (err != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Why a setting cannot have that value.
Error bad_value(std::string_view name, std::string_view value, std::string_view wanted);

/// "rlimit.as", …
std::vector<std::string> limit_names();
bool is_limit(std::string_view name);

/// Of a name for which is_limit() is true.
Result<std::string> read_limit(Tid tid, std::string_view name);
/// As read_limit() will have it. A soft limit alone leaves the hard one, unless it is above that.
Result<std::string> canonical_limit(Tid tid, std::string_view name, std::string_view value);
Result<void> write_limit(Tid tid, std::string_view name, std::string_view value);
/// A hard limit that is lowered without CAP_SYS_RESOURCE stays low.
Result<void> check_revocable(const Changes& changes, Tid tid, std::string_view name, std::string_view value);

}  // namespace tether
