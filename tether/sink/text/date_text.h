#pragma once
// Dates as strace prints them behind seconds since the epoch.

#include <cstdint>
#include <string>

namespace tether {

/// What follows the seconds: a number of so many digits.
struct DateFraction {
  std::uint64_t number = 0;
  unsigned digits = 9;
};

/// 2023-11-14T22:13:20.120000000+0000, in local time; nothing if all is zero or the fraction has more digits than it
/// may. False if nothing was appended.
bool append_date(std::string& out, std::int64_t seconds, DateFraction fraction);

}  // namespace tether
