#pragma once
// SummaryOptions: what strace's -c table shows (-S, -U, -w, -O).

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tether {

enum class SummaryColumn : std::uint8_t { TimePercent, TotalTime, MinTime, MaxTime, AvgTime, Calls, Errors, Name };

/// By which column rows are sorted: times and counts from the greatest, names from A. Nothing: by the calls' numbers.
enum class SummaryOrder : std::uint8_t { Time, MinTime, MaxTime, AvgTime, Calls, Errors, Name, Nothing };

enum class SummaryTime : std::uint8_t {
  System,     ///< CPU time spent in the kernel; needs events with cpu_time_ns
  WallClock,  ///< -w: from entry to exit; needs events with times
};

struct SummaryOptions {
  SummaryOrder order = SummaryOrder::Time;
  std::vector<SummaryColumn> columns = {SummaryColumn::TimePercent, SummaryColumn::TotalTime, SummaryColumn::AvgTime,
                                        SummaryColumn::Calls,       SummaryColumn::Errors,    SummaryColumn::Name};
  SummaryTime time = SummaryTime::System;
  std::uint64_t overhead_ns = 0;  ///< -O: taken from the time of each call
};

/// strace(1)'s spellings: time-percent, time, total-time, time-total, min-time, shortest, time-min, max-time, longest,
/// time-max, avg-time, time-avg, calls, count, errors, error, name, syscall, syscall-name. Absent: no column.
std::optional<SummaryColumn> find_summary_column(std::string_view name);

/// The same, and nothing, none; time-percent and total-time are both by time.
std::optional<SummaryOrder> find_summary_order(std::string_view name);

}  // namespace tether
