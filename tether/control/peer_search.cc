// Two descriptors are the ends of one thing if they agree in a key: "pipe:[17]" and "socket:[17]" are the kernel's own
// texts; a named pipe is told by file system and inode, whatever path leads to it; the two sides of a pseudoterminal by
// the devpts file system that they belong to (containers have their own) and the slave's number in it.

#include "tether/control/internal/peer_search.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>

#include "tether/procfs/process_list.h"
#include "tether/procfs/task.h"

namespace tether {

namespace {

std::string file_key(std::string_view what, std::uint64_t device, std::uint64_t number) {
  return std::string(what) + ":" + std::to_string(device) + ":" + std::to_string(number);
}

bool is_master_path(std::string_view link) {
  return link.starts_with("/dev/") && link.ends_with("ptmx");
}

/// The devpts file system that the masters of a process belong to; 0 if there is none.
std::uint64_t devpts_of(Pid pid) {
  const std::string path = procfs::living_path(pid, "root/dev/pts");
  const auto identity = find_file_identity(AT_FDCWD, path.c_str());
  return identity ? identity->device : 0;
}

std::string master_key(Pid pid, const procfs::FdInfo& info) {
  const auto* master = std::get_if<procfs::TerminalMasterInfo>(&info.special);
  return master == nullptr ? std::string() : file_key("master", devpts_of(pid), master->index);
}

/// A pipe's end that only reads has peers that write, and the reverse. What does both is a peer of anyone.
bool is_opposite(std::string_view mode, unsigned access) {
  if (mode == "r") return (access & S_IWUSR) != 0;
  if (mode == "w") return (access & S_IRUSR) != 0;
  return true;
}

bool is_pipe(const Descriptor& descriptor) {
  return descriptor.kind == DescriptorKind::Pipe || descriptor.kind == DescriptorKind::Fifo;
}

}  // namespace

std::string PeerSearch::key_of_other_end(Pid pid, const Descriptor& descriptor, std::uint64_t peer_socket) const {
  switch (descriptor.kind) {
    case DescriptorKind::Pipe:
      return descriptor.path;
    case DescriptorKind::Fifo:
      return file_key("fifo", descriptor.device, descriptor.inode);
    case DescriptorKind::Socket:
      return peer_socket == 0 ? std::string() : "socket:[" + std::to_string(peer_socket) + "]";
    case DescriptorKind::Terminal:
      if (!descriptor.path.starts_with("/dev/pts/")) return {};
      return file_key("master", descriptor.device, ::minor(descriptor.node_device));
    case DescriptorKind::TerminalMaster: {
      const auto* master = std::get_if<procfs::TerminalMasterInfo>(&descriptor.info.special);
      return master == nullptr ? std::string() : file_key("slave", devpts_of(pid), master->index);
    }
    default:
      return {};
  }
}

void PeerSearch::want(Pid pid, const Descriptor& descriptor, std::uint64_t peer_socket) {
  const std::string key = key_of_other_end(pid, descriptor, peer_socket);
  if (key.empty()) return;
  holders_.try_emplace(key);
  wants_files_ = wants_files_ || key.starts_with("fifo:") || key.starts_with("slave:");
  wants_masters_ = wants_masters_ || key.starts_with("master:");
}

std::string PeerSearch::key_of(Pid pid, const DescriptorDirectory& directory, Fd fd, const std::string& link) const {
  if (!link.starts_with('/')) return link;
  if (wants_masters_ && is_master_path(link)) {
    const auto info = directory.find_info(fd);
    return info ? master_key(pid, *info) : std::string();
  }
  if (!wants_files_) return {};
  const auto identity = directory.find_identity(fd);
  if (!identity) return {};
  if (S_ISFIFO(identity->mode)) return file_key("fifo", identity->device, identity->inode);
  if (S_ISCHR(identity->mode) && link.starts_with("/dev/pts/"))
    return file_key("slave", identity->device, ::minor(identity->node_device));
  return {};
}

void PeerSearch::examine(Pid pid, const DescriptorDirectory& directory, Fd fd) {
  const auto link = directory.find_link(fd);
  if (!link) return;
  const auto wanted = holders_.find(key_of(pid, directory, fd, *link));
  if (wanted == holders_.end()) return;
  wanted->second.push_back({.pid = pid, .fd = fd, .access = directory.access(fd)});
  if (!names_.contains(pid)) names_.emplace(pid, procfs::read_comm(leader_of(pid)));
}

Result<std::size_t> PeerSearch::run() {
  std::size_t unreadable = 0;
  if (holders_.empty()) return unreadable;
  for (const Pid pid : TETHER_TRY(procfs::read_process_ids())) {
    const auto directory = DescriptorDirectory::open(pid);
    if (!directory.has_value()) {
      unreadable += directory.error().code == ErrorCode::PermissionDenied ? 1 : 0;
      continue;
    }
    for (const Fd fd : directory->list()) examine(pid, *directory, fd);
  }
  return unreadable;
}

std::vector<Peer> PeerSearch::find(Pid pid, const Descriptor& descriptor, std::uint64_t peer_socket) const {
  std::vector<Peer> peers;
  const auto found = holders_.find(key_of_other_end(pid, descriptor, peer_socket));
  if (found == holders_.end()) return peers;
  const std::string_view mode = procfs::access_mode_name(descriptor.info.flags);
  for (const Holder& holder : found->second) {
    const bool is_itself = holder.pid == pid && holder.fd == descriptor.fd;
    if (is_itself || (is_pipe(descriptor) && !is_opposite(mode, holder.access))) continue;
    peers.push_back({.pid = holder.pid, .name = names_.at(holder.pid), .fd = holder.fd});
  }
  return peers;
}

}  // namespace tether
