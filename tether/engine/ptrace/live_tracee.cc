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
  char name[64];
  // socket(7) does not say so, but net/socket.c has kept this attribute since Linux 2.6: the name of the socket's
  // protocol.
  const ssize_t length = ::getxattr(path.c_str(), "system.sockprotoname", name, sizeof name - 1);
  if (length <= 0) return 0;
  std::string protocol(name, ::strnlen(name, static_cast<std::size_t>(length)));
  if (protocol == "NETLINK") {
    struct stat st;
    if (::stat(path.c_str(), &st) == 0) protocol += ":" + find_netlink_protocol(st.st_ino);
  }
  const std::size_t copied = std::min(protocol.size(), out.size());
  std::memcpy(out.data(), protocol.data(), copied);
  return copied;
}

std::size_t LiveTracee::read_interface_name(std::uint32_t index, std::span<char> out) {
  char name[IF_NAMESIZE];
  if (::if_indextoname(index, name) == nullptr) return 0;
  const std::size_t copied = std::min(std::strlen(name), out.size());
  std::memcpy(out.data(), name, copied);
  return copied;
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
  return netlink_by_inode_[inode];
}

}  // namespace tether
