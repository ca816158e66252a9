#include "tether/base/clock.h"

#include <time.h>

namespace tether {

namespace {
std::uint64_t read_clock(clockid_t clock) {
  timespec now;
  ::clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}
}  // namespace

std::uint64_t monotonic_ns() {
  return read_clock(CLOCK_MONOTONIC);
}

std::int64_t realtime_offset_ns() {
  return static_cast<std::int64_t>(read_clock(CLOCK_REALTIME) - read_clock(CLOCK_MONOTONIC));
}

}  // namespace tether
