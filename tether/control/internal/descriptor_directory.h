#pragma once
// DescriptorDirectory: /proc/PID/fd and fdinfo, held open: a path of one word is looked up in half the time.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/base/unique_fd.h"
#include "tether/procfs/fdinfo.h"

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
  /// What fdinfo tells of it. Absent if the descriptor was closed meanwhile.
  std::optional<procfs::FdInfo> find_info(Fd fd) const;
  /// How it was opened, by the link's permissions: whether it reads (S_IRUSR) and writes (S_IWUSR).
  unsigned access(Fd fd) const;

 private:
  DescriptorDirectory(UniqueFd directory, UniqueFd infos)
      : directory_(std::move(directory)), infos_(std::move(infos)) {}
  UniqueFd directory_;
  UniqueFd infos_;
};

/// Absent if there is no such file.
std::optional<FileIdentity> find_file_identity(int directory, const char* path);

}  // namespace tether
