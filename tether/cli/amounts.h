#pragma once
// Sizes and durations as people read them: three digits are enough.

#include <cstdint>
#include <string>

namespace tether::cli {

/// "0", "512", "4K", "1.5M", "23G": bytes in powers of 1024.
std::string size_text(std::uint64_t bytes);

/// "0.04 s", "12 s", "3 min 5 s", "2 h 7 min", "5 d 3 h".
std::string duration_text(double seconds);

/// "2026-11-24 17:00:01" in local time; `seconds` since 1970.
std::string date_text(double seconds);

}  // namespace tether::cli
