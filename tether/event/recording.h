#pragma once
// Recording: a raw event stream in a file. Written beside a live session, read back by engine/replay.
//
// Layout: a RecordingHeader, then records one behind the other exactly as they came from the engine. Numbers are in the
// machine's byte order (little-endian on x86-64); a reader rejects what it does not know.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tether/base/result.h"
#include "tether/base/unique_fd.h"

namespace tether {

/// What was captured depends on these, so decoding needs them again.
struct RecordingHeader {
  char magic[8] = {'t', 'e', 't', 'h', 'e', 'r', 'e', 'v'};
  std::uint32_t version = 1;
  std::uint32_t string_limit = 32;
  std::uint8_t verbose = 0;
  std::uint8_t fd_paths = 0;
  std::uint8_t fd_details = 0;
  std::uint8_t times = 0;
  std::uint8_t pid_names = 0;
  std::uint8_t reserved[3] = {};
  std::int64_t realtime_offset_ns = 0;  ///< CLOCK_REALTIME minus CLOCK_MONOTONIC when it began
};

class RecordingWriter {
 public:
  /// Creates or truncates the file. Errors: PermissionDenied, NotFound (no such directory), Io.
  static Result<RecordingWriter> create(const std::string& path, const RecordingHeader& header);

  /// Errors: Io (disk full).
  Result<void> write(std::span<const std::byte> record);
  Result<void> flush();

 private:
  RecordingWriter(std::string path, UniqueFd file) : path_(std::move(path)), file_(std::move(file)) {}
  std::string path_;
  UniqueFd file_;
  std::vector<std::byte> buffer_;
};

class RecordingReader {
 public:
  /// Errors: NotFound, Malformed (not a recording, or of another version).
  static Result<RecordingReader> open(const std::string& path);

  const RecordingHeader& header() const { return header_; }

  /// The next record, valid until the next call; empty at the end. Malformed if the bytes are no record: a
  /// recording that was cut short ends with this error, after everything before the cut.
  Result<std::span<const std::byte>> next();

 private:
  RecordingReader(std::string path, std::vector<std::byte> bytes, const RecordingHeader& header)
      : path_(std::move(path)), bytes_(std::move(bytes)), header_(header), at_(sizeof header) {}
  std::string path_;
  std::vector<std::byte> bytes_;
  RecordingHeader header_;
  std::size_t at_;
};

}  // namespace tether
