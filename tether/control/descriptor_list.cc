#include "tether/control/descriptor_list.h"

#include <fcntl.h>
#include <linux/major.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <array>
#include <charconv>
#include <map>

#include "tether/control/internal/descriptor_directory.h"
#include "tether/control/internal/peer_search.h"
#include "tether/control/socket_table.h"
#include "tether/procfs/status.h"
#include "tether/procfs/task.h"

namespace tether {

namespace {

struct LinkPrefix {
  std::string_view prefix;
  DescriptorKind kind;
};

// What has no path (fs/d_path.c, dname: each file system writes its own).
constexpr LinkPrefix kLinkPrefixes[] = {
    {"pipe:[", DescriptorKind::Pipe},
    {"socket:[", DescriptorKind::Socket},
    {"anon_inode:[eventfd]", DescriptorKind::EventFd},
    {"anon_inode:[eventpoll]", DescriptorKind::Epoll},
    {"anon_inode:inotify", DescriptorKind::Inotify},
    {"anon_inode:[signalfd]", DescriptorKind::SignalFd},
    {"anon_inode:[timerfd]", DescriptorKind::TimerFd},
    {"anon_inode:[pidfd]", DescriptorKind::PidFd},
    {"pidfd:[", DescriptorKind::PidFd},  // Linux ≥ 6.14
    {"anon_inode:", DescriptorKind::Other},
    {"mnt:[", DescriptorKind::Namespace},
    {"net:[", DescriptorKind::Namespace},
    {"pid:[", DescriptorKind::Namespace},
    {"ipc:[", DescriptorKind::Namespace},
    {"uts:[", DescriptorKind::Namespace},
    {"user:[", DescriptorKind::Namespace},
    {"time:[", DescriptorKind::Namespace},
    {"cgroup:[", DescriptorKind::Namespace},
    {"/memfd:", DescriptorKind::Memory},
    {"/dev/zero (deleted)", DescriptorKind::Memory},
};

constexpr std::array<std::string_view, 20> kKindNames{
    "file",  "dir",     "chr",   "blk",     "symlink",  "fifo",    "pipe",  "socket", "tty",  "ptmx",
    "memfd", "eventfd", "epoll", "inotify", "signalfd", "timerfd", "pidfd", "ns",     "anon", "?"};

DescriptorKind kind_of_device(const FileIdentity& identity) {
  constexpr unsigned kMultiplexer = 2;  // /dev/ptmx, within TTYAUX_MAJOR (Documentation/admin-guide/devices.txt)
  const unsigned major = ::major(identity.node_device);
  const bool is_slave = major >= UNIX98_PTY_SLAVE_MAJOR && major < UNIX98_PTY_SLAVE_MAJOR + UNIX98_PTY_MAJOR_COUNT;
  if (is_slave || major == TTY_MAJOR) return DescriptorKind::Terminal;
  if (major == TTYAUX_MAJOR)
    return ::minor(identity.node_device) == kMultiplexer ? DescriptorKind::TerminalMaster : DescriptorKind::Terminal;
  return DescriptorKind::CharDevice;
}

DescriptorKind kind_of_file(const FileIdentity& identity) {
  switch (identity.mode & S_IFMT) {
    case S_IFREG:
      return DescriptorKind::File;
    case S_IFDIR:
      return DescriptorKind::Directory;
    case S_IFBLK:
      return DescriptorKind::BlockDevice;
    case S_IFIFO:
      return DescriptorKind::Fifo;
    case S_IFLNK:
      return DescriptorKind::SymbolicLink;
    case S_IFSOCK:  // O_PATH on the name of a Unix socket
      return DescriptorKind::Other;
    case S_IFCHR:
      return kind_of_device(identity);
    default:
      return DescriptorKind::Unknown;
  }
}

/// The 17 of "socket:[17]".
std::uint64_t inode_in_brackets(std::string_view link) {
  std::uint64_t inode = 0;
  const std::size_t bracket = link.find('[');
  if (bracket != std::string_view::npos) std::from_chars(link.data() + bracket + 1, link.data() + link.size(), inode);
  return inode;
}

/// Whether the kernel's " (deleted)" is the end of the file's own name: then that name leads to it.
bool is_name_of(Pid pid, const std::string& path, const FileIdentity& identity) {
  const auto named = find_file_identity(AT_FDCWD, procfs::living_path(pid, "root" + path).c_str());
  return named && named->device == identity.device && named->inode == identity.inode;
}

void describe_file(Descriptor& descriptor, Pid pid, const FileIdentity& identity) {
  descriptor.device = identity.device;
  descriptor.inode = identity.inode;
  descriptor.node_device = identity.node_device;
  if (descriptor.kind == DescriptorKind::Unknown) descriptor.kind = kind_of_file(identity);
  constexpr std::string_view kDeleted = " (deleted)";
  if (!descriptor.path.ends_with(kDeleted) || is_name_of(pid, descriptor.path, identity)) return;
  descriptor.path.resize(descriptor.path.size() - kDeleted.size());
  // A memfd never had a name that could have been removed.
  descriptor.is_deleted = descriptor.kind != DescriptorKind::Memory;
}

std::optional<Descriptor> describe(Pid pid, const DescriptorDirectory& directory, Fd fd) {
  Descriptor descriptor{.fd = fd};
  const auto link = directory.find_link(fd);
  if (!link) return std::nullopt;
  descriptor.path = *link;
  for (const LinkPrefix& row : kLinkPrefixes) {
    if (!link->starts_with(row.prefix)) continue;
    descriptor.kind = row.kind;
    break;
  }
  if (link->starts_with('/')) {
    if (const auto identity = directory.find_identity(fd)) describe_file(descriptor, pid, *identity);
  } else {
    descriptor.inode = inode_in_brackets(*link);
  }
  const auto info = directory.find_info(fd);
  if (!info) return std::nullopt;
  descriptor.info = *info;
  return descriptor;
}

/// "TCP", "UNIX-STREAM": what the socket itself answers (net/socket.c, sockfs_xattr_get). Empty if it does not.
std::string read_protocol_name(Pid pid, Fd fd) {
  const std::string path = procfs::living_path(pid, "fd/" + std::to_string(fd.value));
  char name[64];
  const ssize_t length = ::getxattr(path.c_str(), "system.sockprotoname", name, sizeof name);
  if (length <= 0) return {};
  const std::string_view text(name, static_cast<std::size_t>(length));
  return std::string(text.substr(0, text.find('\0')));
}

/// The tables of the network namespaces that were met.
class SocketTables {
 public:
  const SocketTable& of(Pid pid) {
    const std::string path = procfs::living_path(pid, "ns/net");
    const auto identity = find_file_identity(AT_FDCWD, path.c_str());
    const std::uint64_t space = identity ? identity->inode : 0;
    auto found = tables_.find(space);
    if (found == tables_.end()) found = tables_.emplace(space, SocketTable::read(procfs::living_task_of(pid))).first;
    return found->second;
  }

 private:
  std::map<std::uint64_t, SocketTable> tables_;
};

std::uint64_t peer_socket_of(SocketTables& tables, Pid pid, const Descriptor& descriptor) {
  return descriptor.socket ? tables.of(pid).find_peer(*descriptor.socket) : 0;
}

Error explain_failure(Pid pid, Error error) {
  const std::string id = std::to_string(pid.value);
  if (error.code != ErrorCode::PermissionDenied)
    return {
        .code = ErrorCode::NotFound, .sys_errno = error.sys_errno, .message = "there is no process " + id, .hint = {}};
  error.message = "cannot list the descriptors of process " + id + " (" + procfs::read_comm(leader_of(pid)) +
                  "): " + describe_errno(error.sys_errno);
  error.hint = "run tether as root, or as the user of that process; `tether doctor " + id + "` tells more";
  return error;
}

ProcessDescriptors read_descriptors(Pid pid, SocketTables& tables) {
  ProcessDescriptors process{.pid = pid, .name = procfs::read_comm(leader_of(pid)), .descriptors = {}, .failure = {}};
  const auto directory = DescriptorDirectory::open(pid);
  if (!directory.has_value()) {
    process.failure = explain_failure(pid, directory.error());
    return process;
  }
  for (const Fd fd : directory->list()) {
    auto descriptor = describe(pid, *directory, fd);
    if (!descriptor) continue;
    if (descriptor->kind == DescriptorKind::Socket) {
      if (const sys::Socket* socket = tables.of(pid).find(descriptor->inode)) descriptor->socket = *socket;
      if (!descriptor->socket) descriptor->socket_protocol = read_protocol_name(pid, fd);
    }
    process.descriptors.push_back(std::move(*descriptor));
  }
  return process;
}

}  // namespace

std::string_view descriptor_kind_name(DescriptorKind kind) {
  return kKindNames[static_cast<std::size_t>(kind)];
}

Result<DescriptorReport> list_descriptors(std::span<const Pid> pids, const DescriptorListOptions& options) {
  DescriptorReport report;
  SocketTables tables;
  for (const Pid pid : pids) report.processes.push_back(read_descriptors(pid, tables));
  if (options.peers == PeerLookup::None) return report;
  PeerSearch search;
  for (const ProcessDescriptors& process : report.processes)
    for (const Descriptor& descriptor : process.descriptors)
      search.want(process.pid, descriptor, peer_socket_of(tables, process.pid, descriptor));
  report.unreadable = TETHER_TRY(search.run());
  for (ProcessDescriptors& process : report.processes)
    for (Descriptor& descriptor : process.descriptors)
      descriptor.peers = search.find(process.pid, descriptor, peer_socket_of(tables, process.pid, descriptor));
  return report;
}

std::optional<std::size_t> find_descriptor_count(Pid pid) {
  const auto directory = DescriptorDirectory::open(pid);
  return directory.has_value() ? std::optional(directory->list().size()) : std::nullopt;
}

}  // namespace tether
