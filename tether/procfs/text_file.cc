#include "tether/procfs/text_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "tether/base/unique_fd.h"
#include "tether/procfs/mount_options.h"

namespace tether::procfs {

Error open_error(int err, const std::string& path) {
  if (err == ENOENT && path.starts_with("/proc/"))
    if (auto mounted = check_mounted(); !mounted.has_value()) return std::move(mounted).error();
  return errno_error(err, path);
}

Result<std::string> read_text_file(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) return fail(open_error(errno, path));
  auto text = read_open_text(fd.get());
  if (!text.has_value()) return fail(std::move(text).error().with_context(path));
  return text;
}

Result<std::string> read_open_text(int fd) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got == 0) return text;
    if (got < 0) {
      if (errno == EINTR) continue;
      return fail(errno_error(errno, "reading"));
    }
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

}  // namespace tether::procfs
