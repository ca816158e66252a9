#pragma once
// The clocks that events are stamped with.

#include <cstdint>

namespace tether {

/// CLOCK_MONOTONIC in nanoseconds.
std::uint64_t monotonic_ns();

/// CLOCK_REALTIME minus CLOCK_MONOTONIC now, in nanoseconds: added to a monotonic stamp it gives wall-clock time.
std::int64_t realtime_offset_ns();

}  // namespace tether
