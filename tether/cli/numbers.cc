#include "tether/cli/numbers.h"

#include <charconv>
#include <cmath>
#include <string>

namespace tether::cli {

namespace {

Error no_such(std::string_view what, std::string_view text, std::string_view wanted) {
  return {.code = ErrorCode::Malformed,
          .message = std::string(what) + ": '" + std::string(text) + "' is no " + std::string(wanted),
          .hint = {}};
}

struct Unit {
  std::string_view name;
  TimePrecision precision;
  double nanoseconds;
};

constexpr Unit kUnits[] = {{"s", TimePrecision::Seconds, 1e9},
                           {"ms", TimePrecision::Milliseconds, 1e6},
                           {"us", TimePrecision::Microseconds, 1e3},
                           {"ns", TimePrecision::Nanoseconds, 1}};

}  // namespace

Result<unsigned> parse_count(std::string_view text, std::string_view what, unsigned most) {
  std::string_view digits = text;
  unsigned shift = 0;
  if (digits.ends_with('k') || digits.ends_with('K')) shift = 10;
  if (digits.ends_with('m') || digits.ends_with('M')) shift = 20;
  if (shift != 0) digits.remove_suffix(1);
  const bool is_hex = digits.starts_with("0x") || digits.starts_with("0X");
  if (is_hex) digits.remove_prefix(2);
  std::uint64_t number = 0;
  const auto [end, err] = std::from_chars(digits.data(), digits.data() + digits.size(), number, is_hex ? 16 : 10);
  if (err != std::errc() || end != digits.data() + digits.size() || number > most >> shift)
    return fail(no_such(what, text, "number from 0 to " + std::to_string(most)));
  return static_cast<unsigned>(number << shift);
}

Result<std::uint64_t> parse_duration_ns(std::string_view text, std::string_view what,
                                        std::string_view default_unit) {
  double number = 0;
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit_name(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const Unit& unit : kUnits) {
    if (unit.name != (unit_name.empty() ? default_unit : unit_name) || err != std::errc()) continue;
    const double nanoseconds = number * unit.nanoseconds;
    if (nanoseconds >= 0 && nanoseconds < 1e18) return static_cast<std::uint64_t>(std::llround(nanoseconds));
  }
  return fail(no_such(what, text, "duration, such as 20us or 1.5ms"));
}

Result<TimePrecision> parse_precision(std::string_view text, std::string_view what) {
  for (const Unit& unit : kUnits)
    if (unit.name == text) return unit.precision;
  return fail(no_such(what, text, "precision: there are s, ms, us and ns"));
}

}  // namespace tether::cli
