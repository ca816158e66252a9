#pragma once
// TextTarget: where a trace is written to, and how `-o` spells it.

#include <cstdint>
#include <string>
#include <string_view>

namespace tether {

struct TextTarget {
  enum class Kind : std::uint8_t {
    Descriptor,   ///< fd, the caller's: not closed
    File,         ///< name: created or truncated, or appended to
    FilePerTask,  ///< -ff: name.TID for each task
    Command,      ///< name: run by /bin/sh, which reads the trace from its standard input
    Buffer,       ///< *buffer: grows; for programs and tests
  };
  enum class OpenMode : std::uint8_t { Truncate, Append };

  Kind kind = Kind::Descriptor;
  int fd = 2;
  std::string name;
  OpenMode mode = OpenMode::Truncate;
  std::string* buffer = nullptr;  ///< must outlive the sink
};

/// What `-o SPEC` means: "|command" and "!command" a pipe, "-" standard output, anything else a file.
TextTarget parse_text_target(std::string_view spec);

}  // namespace tether
