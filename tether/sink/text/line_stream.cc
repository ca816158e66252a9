#include "tether/sink/text/line_stream.h"

namespace tether {

void LineStream::interrupt(std::string_view mark) {
  if (!is_open()) return;
  text().append(mark);
  end_line();
}

void LineStream::insert_line(std::string_view line, std::string_view mark) {
  if (is_open() && columns_written_ != 0) interrupt(mark);
  if (!is_open()) {
    text().append(line);
    return begin_line();
  }
  text().insert(line_start_, line);
  line_start_ += line.size();
}

std::size_t LineStream::columns() const {
  constexpr char kEscape = '\33';
  const std::string_view line = std::string_view(output_.text()).substr(line_start_);
  std::size_t columns = columns_written_ + line.size();
  for (std::size_t at = line.find(kEscape); at != std::string_view::npos; at = line.find(kEscape, at)) {
    const std::size_t end = line.find('m', at);
    if (end == std::string_view::npos) break;
    columns -= end + 1 - at;
    at = end;
  }
  return columns;
}

Result<void> LineStream::write() {
  columns_written_ = is_open() ? columns() : 0;
  line_start_ = 0;
  return output_.write();
}

Result<void> LineStream::close() {
  line_start_ = 0;
  return output_.close();
}

}  // namespace tether
