#include <algorithm>

#include "tether/cli/numbers.h"
#include "tether/cli/trace_options.h"
#include "tether/filter/expression.h"

namespace tether::cli {

namespace {

using Takes = OptionShape::Takes;
using Counting = TraceSettings::Counting;

template <Counting counting>
Result<void> choose_counting(TraceSettings& s, Argument) {
  if (s.counting != Counting::No && s.counting != counting)
    return fail({.code = ErrorCode::Malformed,
                 .message = "-c shows the table alone, -C the trace too: they exclude each other",
                 .hint = {}});
  s.counting = counting;
  return ok();
}

Result<void> choose_order(TraceSettings& s, Argument text) {
  const auto order = find_summary_order(*text);
  if (!order)
    return fail({.code = ErrorCode::Malformed,
                 .message = "-S: cannot sort by '" + std::string(*text) + "'",
                 .hint = "there are time, min-time, max-time, avg-time, calls, errors, name, nothing"});
  s.summary.order = *order;
  return ok();
}

Result<void> choose_columns(TraceSettings& s, Argument text) {
  s.summary.columns.clear();
  for (const std::string_view name : TETHER_TRY(parse_set_text(*text)).values) {
    const auto column = find_summary_column(name);
    if (!column)
      return fail({.code = ErrorCode::Malformed,
                   .message = "-U: no column '" + std::string(name) + "'",
                   .hint = "there are time-percent, total-time, min-time, max-time, avg-time, calls, errors, name"});
    s.summary.columns.push_back(*column);
  }
  if (std::ranges::find(s.summary.columns, SummaryColumn::Name) == s.summary.columns.end())
    s.summary.columns.push_back(SummaryColumn::Name);
  return ok();
}

constexpr TraceOption kStatisticsOptions[] = {
    {{'c', "summary-only", Takes::Nothing, "", "no trace, but a table of calls, errors and time"},
     choose_counting<Counting::Only>},
    {{'C', "summary", Takes::Nothing, "", "the table behind the trace"}, choose_counting<Counting::Also>},
    {{'w', "summary-wall-clock", Takes::Nothing, "", "in the table, time from entry to exit instead of system time"},
     [](TraceSettings& s, Argument) {
       s.summary.time = SummaryTime::WallClock;
       return ok();
     }},
    {{'S', "summary-sort-by", Takes::Value, "COLUMN",
      "sort the table by time, min-time, max-time, avg-time, calls,\nerrors, name, nothing"},
     choose_order},
    {{'U', "summary-columns", Takes::Value, "COLUMNS",
      "the table's columns, of time-percent, total-time, min-time,\nmax-time, avg-time, calls, errors, name"},
     choose_columns},
    {{'O', "summary-syscall-overhead", Takes::Value, "TIME",
      "take TIME from each call as the cost of measuring it (us)"},
     [](TraceSettings& s, Argument text) -> Result<void> {
       s.summary.overhead_ns = TETHER_TRY(parse_duration_ns(*text, "-O", "us"));
       return ok();
     }},
};

}  // namespace

std::span<const TraceOption> statistics_options() {
  return kStatisticsOptions;
}

}  // namespace tether::cli
