#pragma once
// SocketTable: all sockets of one network namespace, found by inode.
//
//   const SocketTable table = SocketTable::read(tid);
//   if (const sys::Socket* socket = table.find(17)) …

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "tether/base/ids.h"
#include "tether/sys/socket_diag.h"

namespace tether {

class SocketTable {
 public:
  explicit SocketTable(std::vector<sys::Socket> sockets);

  /// Those of the namespace that `tid` lives in: by sock_diag, or where that is not allowed by /proc/TID/net, which
  /// does not tell the peers of Unix sockets. What neither tells is not in the table; if the task is gone, nothing is.
  static SocketTable read(Tid tid);

  /// Null if it is unknown: closed meanwhile, of a family that is not listed, or neither connected nor listening. Valid
  /// as long as the table.
  const sys::Socket* find(std::uint64_t inode) const;

  /// The inode of the socket at the other end: of a connected Unix socket, and of a TCP or UDP socket whose two ends
  /// are in this namespace (loopback). 0 if there is none or if it is unknown.
  std::uint64_t find_peer(const sys::Socket& socket) const;

 private:
  std::vector<sys::Socket> sockets_;
  std::unordered_map<std::uint64_t, std::size_t> by_inode_;
  std::unordered_multimap<std::uint32_t, std::size_t> by_ports_;  ///< local port above remote port
};

}  // namespace tether
