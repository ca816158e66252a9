#pragma once
// LineStream: the lines of one output, of which the last may be open: a call that has not ended yet.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/sink/text/text_output.h"

namespace tether {

class LineStream {
 public:
  explicit LineStream(TextOutput output) : output_(std::move(output)) {}

  /// Where the line that is being made grows.
  std::string& text() { return output_.text(); }

  /// Whose call the open line shows; 0: there is none.
  Tid owner() const { return owner_; }
  bool is_open() const { return owner_ != Tid(); }

  void begin_line() {
    line_start_ = text().size();
    columns_written_ = 0;
  }
  void end_line() {
    text().push_back('\n');
    owner_ = Tid();
  }
  void leave_open(Tid owner) { owner_ = owner; }

  /// Ends the open line, if there is one: another event comes first.
  void interrupt(std::string_view mark);

  /// Takes back the line begun last. It must not have been written.
  void drop_line() {
    text().resize(line_start_);
    owner_ = Tid();
  }

  /// Puts a line of its own before the open one, or ends the open one if its beginning has been written.
  void insert_line(std::string_view line, std::string_view mark);

  /// How wide the line is so far; colours have no width.
  std::size_t columns() const;

  bool is_full() const { return output_.is_full(); }
  bool writes_to(int fd) const { return output_.writes_to(fd); }

  /// Hands everything over, an open line's beginning too.
  Result<void> write();
  Result<void> close();

 private:
  TextOutput output_;
  std::size_t line_start_ = 0;
  std::size_t columns_written_ = 0;  ///< of the open line
  Tid owner_;
};

}  // namespace tether
