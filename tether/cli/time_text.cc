#include "tether/cli/time_text.h"

#include <time.h>

#include <cstdint>
#include <cstdio>

#include "tether/base/clock.h"

namespace tether::cli {

namespace {

/// The time now as strftime(3) writes it, with microseconds put behind it.
std::string time_text(const char* format, tm* (*parts_of)(const time_t*, tm*)) {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  const std::uint64_t now = monotonic_ns() + static_cast<std::uint64_t>(realtime_offset_ns());
  const auto seconds = static_cast<time_t>(now / kSecond);
  tm parts{};
  parts_of(&seconds, &parts);
  char text[64];
  const std::size_t length = std::strftime(text, sizeof text, format, &parts);
  std::snprintf(text + length, sizeof text - length, ".%06u", static_cast<unsigned>(now % kSecond / 1000));
  return text;
}

}  // namespace

std::string time_of_day() {
  return time_text("%H:%M:%S", ::localtime_r);
}

std::string full_time() {
  return time_text("%Y-%m-%dT%H:%M:%S", ::gmtime_r) + "Z";
}

}  // namespace tether::cli
