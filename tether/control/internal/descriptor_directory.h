#pragma once
// DescriptorDirectory: /proc/PID/fd, held open.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/base/unique_fd.h"

namespace tether {

/// What statx(2) says of what a descriptor refers to.
struct FileIdentity {
  unsigned mode = 0;              ///< S_IFREG …
  std::uint64_t device = 0;       ///< of the file system (dev_t)
  std::uint64_t node_device = 0;  ///< of a device node: which device (dev_t)
  std::uint64_t inode = 0;
};

class DescriptorDirectory {
 public:
  /// Errors: NotFound, PermissionDenied.
  static Result<DescriptorDirectory> open(Pid pid);

  /// Ascending.
  std::vector<Fd> list() const;
  /// Where the link points: "/etc/passwd", "pipe:[17]". Absent if the descriptor was closed meanwhile.
  std::optional<std::string> find_link(Fd fd) const;
  /// Of what it refers to. The file system is not asked again, so that one that hangs does not hang us
  /// (AT_STATX_DONT_SYNC).
  std::optional<FileIdentity> find_identity(Fd fd) const;
  /// How it was opened, by the link's permissions: whether it reads (S_IRUSR) and writes (S_IWUSR).
  unsigned access(Fd fd) const;

 private:
  explicit DescriptorDirectory(int fd) : directory_(fd) {}
  UniqueFd directory_;
};

/// Absent if there is no such file.
std::optional<FileIdentity> find_file_identity(int directory, const char* path);

}  // namespace tether
