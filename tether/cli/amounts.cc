#include "tether/cli/amounts.h"

#include <fmt/format.h>

#include <ctime>
#include <string_view>

namespace tether::cli {

std::string size_text(std::uint64_t bytes) {
  constexpr std::string_view kUnits = "KMGTPE";
  if (bytes < 1024) return std::to_string(bytes);
  double amount = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  // 1023.5 and more would be written as 1024.
  for (; amount >= 1023.5 && unit + 1 < kUnits.size(); ++unit) amount /= 1024;
  const bool has_fraction = amount < 9.95 && amount != static_cast<double>(static_cast<std::uint64_t>(amount));
  return fmt::format("{:.{}f}{}", amount, has_fraction ? 1 : 0, kUnits[unit]);
}

std::string duration_text(double seconds) {
  if (seconds < 10) return fmt::format("{:.2f} s", seconds);
  const auto whole = static_cast<std::uint64_t>(seconds);
  constexpr std::uint64_t kMinute = 60;
  constexpr std::uint64_t kHour = 60 * kMinute;
  constexpr std::uint64_t kDay = 24 * kHour;
  if (whole < kMinute) return fmt::format("{} s", whole);
  if (whole < kHour) return fmt::format("{} min {} s", whole / kMinute, whole % kMinute);
  if (whole < kDay) return fmt::format("{} h {} min", whole / kHour, whole % kHour / kMinute);
  return fmt::format("{} d {} h", whole / kDay, whole % kDay / kHour);
}

std::string date_text(double seconds) {
  const auto whole = static_cast<std::time_t>(seconds);
  std::tm broken{};
  ::localtime_r(&whole, &broken);
  char text[64];
  return {text, std::strftime(text, sizeof text, "%F %T", &broken)};
}

}  // namespace tether::cli
