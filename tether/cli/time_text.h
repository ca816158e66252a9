#pragma once
// The time now, for lines that tell when something happened.

#include <string>

namespace tether::cli {

/// "18:04:11.123456", local time: for people, as `trace -tt` has it.
std::string time_of_day();

/// "2024-05-01T16:04:11.123456Z": RFC 3339, UTC, for programs.
std::string full_time();

}  // namespace tether::cli
