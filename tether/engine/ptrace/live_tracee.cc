#include "tether/engine/ptrace/live_tracee.h"

#include <fcntl.h>
#include <net/if.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <sstream>

#include "tether/procfs/task.h"
#include "tether/procfs/text_file.h"
#include "tether/sys/process_memory.h"

namespace tether {

namespace {

/// "/proc/TID/fd/N" or "/proc/TID/cwd", without allocating: this runs while the tracee is stopped.
class ProcFdPath {
 public:
  ProcFdPath(Tid tid, Fd fd) {
    append("/proc/");
    append(tid.value);
    if (fd.value == AT_FDCWD) {
      append("/cwd");
    } else {
      append("/fd/");
      append(fd.value);
    }
    *end_ = '\0';
  }
  const char* c_str() const { return text_; }

 private:
  void append(const char* text) {
    const std::size_t length = std::strlen(text);
    std::memcpy(end_, text, length);
    end_ += length;
  }
  void append(std::int32_t number) { end_ = std::to_chars(end_, text_ + sizeof text_ - 1, number).ptr; }

  char text_[64];
  char* end_ = text_;
};

/// The protocol of a socket, "TCP", empty of anything else. socket(7) does not say so, but net/socket.c has kept this
/// attribute since Linux 2.6.
std::string protocol_name(const char* path) {
  char name[64];
  const ssize_t length = ::getxattr(path, "system.sockprotoname", name, sizeof name - 1);
  return length <= 0 ? std::string() : std::string(name, ::strnlen(name, static_cast<std::size_t>(length)));
}

/// As much as fits.
std::size_t copy_text(std::string_view text, std::span<char> out) {
  const std::size_t copied = std::min(text.size(), out.size());
  std::memcpy(out.data(), text.data(), copied);
  return copied;
}

}  // namespace

std::size_t LiveTracee::read_some(RemoteAddr addr, std::span<std::byte> out) {
  return sys::read_process_memory(tid_, addr, out);
}

std::size_t LiveTracee::read_fd_link(Fd fd, std::span<char> out) {
  const ssize_t length = ::readlink(ProcFdPath(tid_, fd).c_str(), out.data(), out.size());
  return length > 0 ? static_cast<std::size_t>(length) : 0;
}

std::size_t LiveTracee::read_fd_protocol(Fd fd, std::span<char> out) {
  const ProcFdPath path(tid_, fd);
  std::string protocol = protocol_name(path.c_str());
  if (protocol == "NETLINK") {
    struct stat st;
    if (::stat(path.c_str(), &st) == 0) protocol += ":" + find_netlink_protocol(st.st_ino);
  }
  return copy_text(protocol, out);
}

std::size_t LiveTracee::read_fd_details(Fd fd, std::string_view link, std::span<char> out) {
  const ProcFdPath path(tid_, fd);
  const std::string protocol = link.starts_with("socket:") ? protocol_name(path.c_str()) : std::string();
  return copy_text(details_.describe(tid_, fd, path.c_str(), link, protocol), out);
}

std::size_t LiveTracee::read_interface_name(std::uint32_t index, std::span<char> out) {
  char name[IF_NAMESIZE];
  if (::if_indextoname(index, name) == nullptr) return 0;
  return copy_text(name, out);
}

/// Ids of another pid namespace than /proc's mean other processes there, or none.
std::size_t LiveTracee::read_process_name(Pid pid, std::span<char> out) {
  const auto namespace_of = [](const std::string& task) {
    struct stat st;
    return ::stat(("/proc/" + task + "/ns/pid").c_str(), &st) == 0 ? st.st_ino : 0;
  };
  static const ino_t own_namespace = namespace_of("self");
  if (namespace_of(std::to_string(tid_.value)) != own_namespace) return 0;
  return copy_text(procfs::read_comm(leader_of(pid)), out);
}

/// /proc/net/netlink: "sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode", Eth being the protocol number.
std::string LiveTracee::find_netlink_protocol(std::uint64_t inode) {
  if (const auto known = netlink_by_inode_.find(inode); known != netlink_by_inode_.end()) return known->second;
  const auto table = procfs::read_text_file("/proc/" + std::to_string(tid_.value) + "/net/netlink");
  if (!table.has_value()) return "";
  std::istringstream lines(*table);
  std::string line;
  std::getline(lines, line);  // the heading
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string socket, protocol, word;
    std::uint64_t line_inode = 0;
    words >> socket >> protocol;
    for (int column = 2; column < 9; ++column) words >> word;
    if (words >> line_inode) netlink_by_inode_[line_inode] = protocol;
  }
  // One that is not bound yet is not listed, and must be asked for again.
  const auto found = netlink_by_inode_.find(inode);
  return found != netlink_by_inode_.end() ? found->second : "";
}

}  // namespace tether
