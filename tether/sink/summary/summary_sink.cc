#include "tether/sink/summary/summary_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

namespace tether {

/// Lays out one ABI's table. Widths follow from what is in the columns, but are never less than strace's usual ones.
class SummaryTable {
 public:
  using Counts = SummarySink::Counts;

  SummaryTable(const SummaryOptions& options, const std::map<std::uint32_t, Counts>& counts) : options_(options) {
    for (const auto& [number, row] : counts) add(row);
    sort();
  }

  std::string text() const;

 private:
  struct Column {
    std::string_view header;
    std::size_t width;
  };

  static Column column_of(SummaryColumn column);
  static std::uint64_t average_of(const Counts& row) { return row.calls == 0 ? 0 : row.time_ns / row.calls; }
  void add(const Counts& row);
  void sort();
  std::string cell(const Counts& row, SummaryColumn column) const;

  const SummaryOptions& options_;
  std::vector<const Counts*> rows_;
  Counts total_{.name = "total", .min_ns = ~std::uint64_t{0}};
};

void SummaryTable::add(const Counts& row) {
  rows_.push_back(&row);
  total_.calls += row.calls;
  total_.errors += row.errors;
  total_.time_ns += row.time_ns;
  total_.min_ns = std::min(total_.min_ns, row.min_ns);
  total_.max_ns = std::max(total_.max_ns, row.max_ns);
}

void SummaryTable::sort() {
  const auto descending = [&](auto key) {
    std::ranges::stable_sort(rows_, [&](const Counts* a, const Counts* b) { return key(*a) > key(*b); });
  };
  switch (options_.order) {
    case SummaryOrder::Time:
      return descending([](const Counts& row) { return row.time_ns; });
    case SummaryOrder::MinTime:
      return descending([](const Counts& row) { return row.min_ns; });
    case SummaryOrder::MaxTime:
      return descending([](const Counts& row) { return row.max_ns; });
    case SummaryOrder::AvgTime:
      return descending([](const Counts& row) { return average_of(row); });
    case SummaryOrder::Calls:
      return descending([](const Counts& row) { return row.calls; });
    case SummaryOrder::Errors:
      return descending([](const Counts& row) { return row.errors; });
    case SummaryOrder::Name:
      std::ranges::stable_sort(rows_, {}, &Counts::name);
      return;
    case SummaryOrder::Nothing:
      return;
  }
}

SummaryTable::Column SummaryTable::column_of(SummaryColumn column) {
  switch (column) {
    case SummaryColumn::TimePercent:
      return {"% time", 6};
    case SummaryColumn::TotalTime:
      return {"seconds", 11};
    case SummaryColumn::MinTime:
      return {"shortest", 8};
    case SummaryColumn::MaxTime:
      return {"longest", 8};
    case SummaryColumn::AvgTime:
      return {"usecs/call", 11};
    case SummaryColumn::Calls:
      return {"calls", 9};
    case SummaryColumn::Errors:
      return {"errors", 9};
    case SummaryColumn::Name:
      return {"syscall", 16};
  }
  return {};
}

std::string SummaryTable::cell(const Counts& row, SummaryColumn column) const {
  const auto seconds = [](std::uint64_t ns) { return fmt::format("{:.6f}", static_cast<double>(ns) / 1e9); };
  switch (column) {
    case SummaryColumn::TimePercent:
      if (&row == &total_) return "100.00";
      if (total_.time_ns == 0) return "0.00";
      return fmt::format("{:.2f}", 100.0 * static_cast<double>(row.time_ns) / static_cast<double>(total_.time_ns));
    case SummaryColumn::TotalTime:
      return seconds(row.time_ns);
    case SummaryColumn::MinTime:
      return seconds(row.min_ns);
    case SummaryColumn::MaxTime:
      return seconds(row.max_ns);
    case SummaryColumn::AvgTime:
      return fmt::format("{}", average_of(row) / 1000);
    case SummaryColumn::Calls:
      return fmt::format("{}", row.calls);
    case SummaryColumn::Errors:
      return row.errors == 0 ? "" : fmt::format("{}", row.errors);
    case SummaryColumn::Name:
      return row.name;
  }
  return {};
}

std::string SummaryTable::text() const {
  const std::size_t count = options_.columns.size();
  std::vector<std::vector<std::string>> lines;
  std::vector<std::size_t> widths;
  const auto add_line = [&](const Counts& row) {
    std::vector<std::string>& line = lines.emplace_back();
    for (std::size_t i = 0; i < count; ++i) {
      line.push_back(cell(row, options_.columns[i]));
      widths[i] = std::max(widths[i], line[i].size());
    }
  };
  for (const SummaryColumn column : options_.columns) widths.push_back(column_of(column).width);
  for (const Counts* row : rows_) add_line(*row);
  add_line(total_);

  std::string out;
  const auto print = [&](auto cell_of) {
    for (std::size_t i = 0; i < count; ++i) {
      const bool is_last = i + 1 == count;
      const bool is_name = options_.columns[i] == SummaryColumn::Name;
      if (is_name) {
        fmt::format_to(std::back_inserter(out), "{:<{}}", cell_of(i), is_last ? 0 : widths[i]);
      } else {
        fmt::format_to(std::back_inserter(out), "{:>{}}", cell_of(i), widths[i]);
      }
      if (!is_last) out.push_back(' ');
    }
    out.push_back('\n');
  };
  const auto rule = [&](std::size_t i) { return std::string(widths[i], '-'); };
  print([&](std::size_t i) { return column_of(options_.columns[i]).header; });
  print(rule);
  for (std::size_t n = 0; n + 1 < lines.size(); ++n)
    print([&](std::size_t i) -> const std::string& { return lines[n][i]; });
  print(rule);
  print([&](std::size_t i) -> const std::string& { return lines.back()[i]; });
  return out;
}

void SummarySink::count(const SyscallEvent& call, std::uint64_t exit_time_ns) {
  if (call.phase == Phase::Enter || call.result.kind == SyscallResult::Kind::Never) return;
  std::uint64_t time_ns = call.cpu_time_ns;
  if (options_.time == SummaryTime::WallClock)
    time_ns = exit_time_ns > call.entry_time_ns ? exit_time_ns - call.entry_time_ns : 0;
  time_ns -= std::min(time_ns, options_.overhead_ns);
  Counts& counts = counts_[static_cast<std::size_t>(call.nr.abi)][call.nr.number];
  if (counts.calls == 0) {
    counts.name = call.name;
    counts.min_ns = time_ns;
  }
  ++counts.calls;
  if (call.result.kind != SyscallResult::Kind::Returned) ++counts.errors;
  counts.time_ns += time_ns;
  counts.min_ns = std::min(counts.min_ns, time_ns);
  counts.max_ns = std::max(counts.max_ns, time_ns);
}

Result<void> SummarySink::accept(const Event& event) {
  if (const auto* call = std::get_if<SyscallEvent>(&event.what)) count(*call, event.origin.time_ns);
  return next_ != nullptr ? next_->accept(event) : ok();
}

Result<void> SummarySink::flush() {
  return next_ != nullptr ? next_->flush() : ok();
}

std::string SummarySink::table() const {
  std::string out;
  for (const Abi abi : {Abi::X86_64, Abi::I386}) {
    const auto& counts = counts_[static_cast<std::size_t>(abi)];
    if (counts.empty()) continue;
    if (abi == Abi::I386) out += "System call usage summary for 32 bit mode:\n";
    out += SummaryTable(options_, counts).text();
  }
  return out;
}

}  // namespace tether
