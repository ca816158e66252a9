#pragma once
// TextOutput: a buffer of finished and unfinished lines, and the file, descriptor or command that takes them.
//
//   TextOutput output = TETHER_TRY(TextOutput::open({.kind = TextTarget::Kind::File, .name = "trace.log"}));
//   output.text() += "close(3) = 0\n";
//   TETHER_CHECK(output.write());
//
// The caller ignores SIGPIPE, or a reader that has gone away kills it instead of being an error.

#include <sys/types.h>

#include <string>

#include "tether/base/result.h"
#include "tether/base/unique_fd.h"
#include "tether/sink/text/text_target.h"

namespace tether {

class TextOutput {
 public:
  /// Opens a file (O_CLOEXEC, mode 0666 less the umask) or starts a command. Errors: NotFound, PermissionDenied, Io,
  /// each naming the target. Kind::FilePerTask is for the sink to resolve.
  static Result<TextOutput> open(const TextTarget& target);

  /// Of Kind::FilePerTask, whose files are opened when there is something to write: whether they can be made in their
  /// directory. Errors: as open().
  static Result<void> check_directory(const TextTarget& target);

  TextOutput(TextOutput&&) noexcept;
  TextOutput& operator=(TextOutput&&) = delete;
  /// Waits for a command, as close() does. Text that was not written is lost.
  ~TextOutput();

  /// Text that waits to be written; whoever appends may also change its end.
  std::string& text() { return text_; }
  const std::string& text() const { return text_; }
  bool is_full() const { return text_.size() >= kFull; }

  /// Writes all text. Errors: Io (no space left, the reader is gone); the text is dropped then.
  Result<void> write();

  /// Writes, closes, and waits for a command's end. Errors: as write().
  Result<void> close();

  /// True if the text ends up where `fd` does.
  bool writes_to(int fd) const { return fd_ == fd; }

 private:
  static constexpr std::size_t kFull = 64 * 1024;

  explicit TextOutput(TextTarget target) : target_(std::move(target)) {}
  Result<void> open_file();
  Result<void> start_command();
  Error failure(int err) const;

  TextTarget target_;
  UniqueFd own_;  ///< a file, or the pipe to a command
  int fd_ = -1;   ///< own_'s or the caller's
  pid_t command_ = -1;
  std::string text_;
};

}  // namespace tether
