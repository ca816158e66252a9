#pragma once
// TextTable: rows of cells, printed in columns as wide as they need to be.
//
//   TextTable table({{"FD", Align::Right}, {"WHAT", Align::Left}});
//   table.add({"3", "/dev/null"});
//   print_text(table.text());

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tether::cli {

enum class Align : std::uint8_t { Left, Right };

struct Column {
  std::string_view heading;
  Align align = Align::Left;
};

class TextTable {
 public:
  explicit TextTable(std::vector<Column> columns);

  /// One cell for each column. A cell is made printable: what a process put into it cannot drive the terminal.
  void add(const std::vector<std::string>& cells);

  /// The heading and the rows, each line with a newline and without blanks at its end; lines are cut to `width`
  /// columns, if that is not 0.
  std::string text(std::size_t width = 0) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// `line` cut to `width` columns, with "..." at its end if something is missing; whole if `width` is 0.
std::string cut_to_width(std::string line, std::size_t width);

}  // namespace tether::cli
