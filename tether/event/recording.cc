#include "tether/event/recording.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tether/event/raw_event.h"

namespace tether {

namespace {

constexpr std::size_t kBufferSize = 256 * 1024;

Error malformed(const std::string& path, const std::string& what) {
  return {.code = ErrorCode::Malformed, .message = path + ": " + what, .hint = {}};
}

}  // namespace

Result<RecordingWriter> RecordingWriter::create(const std::string& path, const RecordingHeader& header) {
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file.is_open()) return fail(errno_error(errno, path));
  RecordingWriter writer(path, std::move(file));
  const auto bytes = std::as_bytes(std::span(&header, 1));
  writer.buffer_.assign(bytes.begin(), bytes.end());
  return writer;
}

Result<void> RecordingWriter::write(std::span<const std::byte> record) {
  buffer_.insert(buffer_.end(), record.begin(), record.end());
  return buffer_.size() < kBufferSize ? ok() : flush();
}

Result<void> RecordingWriter::flush() {
  std::span<const std::byte> rest = buffer_;
  while (!rest.empty()) {
    const ssize_t written = ::write(file_.get(), rest.data(), rest.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return fail(errno_error(errno, path_));
    }
    rest = rest.subspan(static_cast<std::size_t>(written));
  }
  buffer_.clear();
  return ok();
}

Result<RecordingReader> RecordingReader::open(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat st;
  if (!file.is_open() || ::fstat(file.get(), &st) != 0) return fail(errno_error(errno, path));
  std::vector<std::byte> bytes(st.st_size > 0 ? static_cast<std::size_t>(st.st_size) : 0);
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = ::read(file.get(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(errno_error(errno, path));
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  RecordingHeader header;
  const RecordingHeader expected;
  if (bytes.size() < sizeof header) return fail(malformed(path, "not a recording of tether's"));
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.magic, expected.magic, sizeof header.magic) != 0)
    return fail(malformed(path, "not a recording of tether's"));
  if (header.version != expected.version)
    return fail(malformed(path, "a recording of version " + std::to_string(header.version) +
                                    "; this tether reads version " + std::to_string(expected.version)));
  return RecordingReader(path, std::move(bytes), header);
}

Result<std::span<const std::byte>> RecordingReader::next() {
  const std::span<const std::byte> rest = std::span<const std::byte>(bytes_).subspan(at_);
  if (rest.empty()) return rest;
  std::uint32_t size = 0;
  if (rest.size() >= sizeof size) std::memcpy(&size, rest.data(), sizeof size);
  if (size > rest.size() || !RawEventView::is_valid(rest.first(size)))
    return fail(malformed(path_, "damaged or cut short at byte " + std::to_string(at_)));
  at_ += size;
  return rest.first(size);
}

}  // namespace tether
