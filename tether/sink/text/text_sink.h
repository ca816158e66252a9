#pragma once
// TextSink: events as strace prints them, byte for byte where strace's format says how.
//
//   TextSink sink = TETHER_TRY(TextSink::open({.kind = TextTarget::Kind::File, .name = "trace.log"}, {.durations =
//   true})); TETHER_TRY(session.run(sink)); TETHER_CHECK(sink.close());
//
//   openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = 3 <0.000023>
//   read(3,  <unfinished ...>
//   [pid  1234] +++ killed by SIGSEGV (core dumped) +++
//   <... read resumed>"root:x:0:0:root:/root:/bin/bash\n"..., 4096) = 1834 <1.000012>
//
// A call whose end is not known yet is left as an open line; if another task's event comes first it is marked as
// unfinished, and resumed later in a line of its own. Text is kept in a buffer until flush(), or until 64 KiB are full.

#include <memory>
#include <string_view>

#include "tether/sink/sink.h"
#include "tether/sink/text/text_options.h"
#include "tether/sink/text/text_target.h"

namespace tether {

class TextSink final : public Sink {
 public:
  /// Errors: NotFound, PermissionDenied, Io: the file cannot be opened or the command not started, named in the
  /// message. With Kind::FilePerTask files are opened as tasks appear, and accept() returns these errors.
  static Result<TextSink> open(const TextTarget& target, TextOptions options = {});

  TextSink(TextSink&&) noexcept;
  TextSink& operator=(TextSink&&) noexcept;
  /// As close(), but no one hears of an error.
  ~TextSink() override;

  /// True if calls are chosen by how they ended (TextOptions::statuses).
  bool wants_whole_calls() const override;
  /// Errors: Io, naming the target; those of open() for a new task's file.
  Result<void> accept(const Event& event) override;
  Result<void> flush() override;

  /// Puts whole lines of the caller's own behind everything that was accepted; not with Kind::FilePerTask.
  Result<void> append_text(std::string_view lines);

  /// Writes what is left, closes the target and waits for a command's end. Nothing may be accepted afterwards.
  Result<void> close();

 private:
  class Impl;
  explicit TextSink(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tether
