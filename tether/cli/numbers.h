#pragma once
// Numbers on the command line, with their units.

#include <cstdint>
#include <string_view>

#include "tether/base/result.h"
#include "tether/sink/text/text_options.h"

namespace tether::cli {

/// "200", "0xc8", "64k", "2M" (powers of 1024). `what` begins the error: "-s". Malformed for anything else, or beyond
/// `most`.
Result<unsigned> parse_count(std::string_view text, std::string_view what, unsigned most);

/// strace(1), "Time specification format": "1.5ms", "20us", "300ns", "2s"; without a unit, that of `default_unit`.
Result<std::uint64_t> parse_duration_ns(std::string_view text, std::string_view what, std::string_view default_unit);

/// "s", "ms", "us", "ns".
Result<TimePrecision> parse_precision(std::string_view text, std::string_view what);

}  // namespace tether::cli
