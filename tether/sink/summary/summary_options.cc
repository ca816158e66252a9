#include "tether/sink/summary/summary_options.h"

#include <algorithm>
#include <iterator>

namespace tether {

namespace {

struct ColumnSpelling {
  std::string_view name;
  SummaryColumn column;
};

constexpr ColumnSpelling kColumnSpellings[] = {{"time-percent", SummaryColumn::TimePercent},
                                               {"time", SummaryColumn::TimePercent},
                                               {"total-time", SummaryColumn::TotalTime},
                                               {"time-total", SummaryColumn::TotalTime},
                                               {"min-time", SummaryColumn::MinTime},
                                               {"shortest", SummaryColumn::MinTime},
                                               {"time-min", SummaryColumn::MinTime},
                                               {"max-time", SummaryColumn::MaxTime},
                                               {"longest", SummaryColumn::MaxTime},
                                               {"time-max", SummaryColumn::MaxTime},
                                               {"avg-time", SummaryColumn::AvgTime},
                                               {"time-avg", SummaryColumn::AvgTime},
                                               {"calls", SummaryColumn::Calls},
                                               {"count", SummaryColumn::Calls},
                                               {"errors", SummaryColumn::Errors},
                                               {"error", SummaryColumn::Errors},
                                               {"name", SummaryColumn::Name},
                                               {"syscall", SummaryColumn::Name},
                                               {"syscall-name", SummaryColumn::Name}};

SummaryOrder order_by(SummaryColumn column) {
  switch (column) {
    case SummaryColumn::TimePercent:
    case SummaryColumn::TotalTime:
      return SummaryOrder::Time;
    case SummaryColumn::MinTime:
      return SummaryOrder::MinTime;
    case SummaryColumn::MaxTime:
      return SummaryOrder::MaxTime;
    case SummaryColumn::AvgTime:
      return SummaryOrder::AvgTime;
    case SummaryColumn::Calls:
      return SummaryOrder::Calls;
    case SummaryColumn::Errors:
      return SummaryOrder::Errors;
    case SummaryColumn::Name:
      return SummaryOrder::Name;
  }
  return SummaryOrder::Nothing;
}

}  // namespace

std::optional<SummaryColumn> find_summary_column(std::string_view name) {
  const auto* found = std::ranges::find(kColumnSpellings, name, &ColumnSpelling::name);
  if (found == std::end(kColumnSpellings)) return std::nullopt;
  return found->column;
}

std::optional<SummaryOrder> find_summary_order(std::string_view name) {
  if (name == "nothing" || name == "none") return SummaryOrder::Nothing;
  const std::optional<SummaryColumn> column = find_summary_column(name);
  if (!column) return std::nullopt;
  return order_by(*column);
}

}  // namespace tether
