#include "tether/cli/text_table.h"

#include <algorithm>

#include "tether/sink/text/string_text.h"

namespace tether::cli {

TextTable::TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {
  std::vector<std::string> headings;
  for (const Column& column : columns_) headings.emplace_back(column.heading);
  rows_.push_back(std::move(headings));
}

void TextTable::add(const std::vector<std::string>& cells) {
  std::vector<std::string>& row = rows_.emplace_back(columns_.size());
  for (std::size_t i = 0; i < std::min(cells.size(), row.size()); ++i) append_printable(row[i], cells[i]);
}

std::string TextTable::text(std::size_t width) const {
  std::vector<std::size_t> widths(columns_.size(), 0);
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - row[i].size(), ' ');
      line += (i == 0 ? "" : "  ") + (columns_[i].align == Align::Right ? padding + row[i] : row[i] + padding);
    }
    line.resize(line.find_last_not_of(' ') + 1);
    text += cut_to_width(std::move(line), width) + "\n";
  }
  return text;
}

std::string cut_to_width(std::string line, std::size_t width) {
  constexpr std::string_view kMore = "...";
  if (width <= kMore.size() || line.size() <= width) return line;
  line.resize(width - kMore.size());
  return line.append(kMore);
}

}  // namespace tether::cli
