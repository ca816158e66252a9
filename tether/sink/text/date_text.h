#pragma once
// Dates as strace prints them behind seconds since the epoch.

#include <cstdint>
#include <string>

namespace tether {

/// 2023-11-14T22:13:20.120000000+0000, in local time; nothing if both are zero or `nanoseconds` is no fraction of a
/// second. False if nothing was appended.
bool append_date(std::string& out, std::int64_t seconds, std::uint64_t nanoseconds);

}  // namespace tether
