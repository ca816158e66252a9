#pragma once
// LinePrefix: what stands before an event in its line: whose it is, when it was, which call, from where.
//
//   [pid  1234<cat>] 13:37:42.001234 (+     0.000120) [ 257] [00007f879cae4090]

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "tether/arch/abi.h"
#include "tether/base/ids.h"
#include "tether/sink/text/text_options.h"

namespace tether {

/// What a line's prefix is made of.
struct LineFacts {
  Tid tid;
  std::string_view command;
  std::uint64_t time_ns = 0;             ///< CLOCK_MONOTONIC; 0: now
  SyscallNr nr;                          ///< the task's current or last call
  std::optional<std::uint64_t> address;  ///< of the instruction; absent: unknown
};

/// Not thread-safe: remembers the time of the line before.
class LinePrefix {
 public:
  explicit LinePrefix(const TextOptions& options);

  /// `tasks`: how many are observed just now.
  void append(std::string& out, const LineFacts& facts, std::size_t tasks);

 private:
  void append_task(std::string& out, const LineFacts& facts, std::size_t tasks) const;
  void append_clock(std::string& out, std::uint64_t time_ns);
  void append_relative(std::string& out, std::uint64_t time_ns);
  void append_time_of_day(std::string& out, std::time_t seconds);

  const TextOptions& options_;
  const std::int64_t realtime_offset_ns_;
  std::uint64_t line_before_ns_ = 0;
  std::time_t shown_second_ = -1;
  std::string shown_time_;  ///< shown_second_ as text: most lines share their second with the one before
};

/// The fraction of a second with as many digits as `precision` asks for, and the point before it.
void append_fraction(std::string& out, std::uint64_t nanoseconds, TimePrecision precision);

}  // namespace tether
