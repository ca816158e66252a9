#include "tether/control/internal/descriptor_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include "tether/procfs/task.h"
#include "tether/procfs/text_file.h"

namespace tether {

namespace {

/// A descriptor's number as a path within the directory.
struct Name {
  char text[16] = {};
  explicit Name(Fd fd) { *std::to_chars(text, text + sizeof text - 1, fd.value).ptr = '\0'; }
};

}  // namespace

std::optional<FileIdentity> find_file_identity(int directory, const char* path) {
  struct statx found {};
  if (::statx(directory, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE | STATX_INO, &found) != 0)
    return std::nullopt;
  return FileIdentity{.mode = found.stx_mode,
                      .device = ::makedev(found.stx_dev_major, found.stx_dev_minor),
                      .node_device = ::makedev(found.stx_rdev_major, found.stx_rdev_minor),
                      .inode = found.stx_ino};
}

Result<DescriptorDirectory> DescriptorDirectory::open(Pid pid) {
  const std::string process = procfs::living_path(pid, "");
  UniqueFd directory(::open((process + "fd").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open()) return fail(errno_error(errno, process + "fd"));
  UniqueFd infos(::open((process + "fdinfo").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!infos.is_open()) return fail(errno_error(errno, process + "fdinfo"));
  return DescriptorDirectory(std::move(directory), std::move(infos));
}

std::vector<Fd> DescriptorDirectory::list() const {
  struct Closer {
    void operator()(DIR* d) const { ::closedir(d); }
  };
  const int again = ::openat(directory_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);  // fdopendir takes it away
  const std::unique_ptr<DIR, Closer> stream(again < 0 ? nullptr : ::fdopendir(again));
  std::vector<Fd> fds;
  while (const dirent* entry = stream ? ::readdir(stream.get()) : nullptr) {
    std::int32_t fd = 0;
    const char* end = entry->d_name + std::strlen(entry->d_name);
    if (const auto parsed = std::from_chars(entry->d_name, end, fd); parsed.ec == std::errc() && parsed.ptr == end)
      fds.push_back(Fd(fd));
  }
  std::ranges::sort(fds);
  return fds;
}

std::optional<std::string> DescriptorDirectory::find_link(Fd fd) const {
  char target[PATH_MAX];
  const ssize_t length = ::readlinkat(directory_.get(), Name(fd).text, target, sizeof target);
  if (length < 0) return std::nullopt;
  return std::string(target, static_cast<std::size_t>(length));
}

std::optional<FileIdentity> DescriptorDirectory::find_identity(Fd fd) const {
  return find_file_identity(directory_.get(), Name(fd).text);
}

std::optional<procfs::FdInfo> DescriptorDirectory::find_info(Fd fd) const {
  const UniqueFd file(::openat(infos_.get(), Name(fd).text, O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return std::nullopt;
  const auto text = procfs::read_open_text(file.get());
  if (!text.has_value()) return std::nullopt;
  const auto info = procfs::parse_fdinfo(*text);
  return info.has_value() ? std::optional(*info) : std::nullopt;
}

unsigned DescriptorDirectory::access(Fd fd) const {
  struct stat link {};
  return ::fstatat(directory_.get(), Name(fd).text, &link, AT_SYMLINK_NOFOLLOW) == 0 ? link.st_mode : 0;
}

}  // namespace tether
