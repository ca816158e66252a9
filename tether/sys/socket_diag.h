#pragma once
// The sockets of a network namespace, by sock_diag(7): what a descriptor's "socket:[INODE]" stands for.
//
//   const UniqueFd diag = TETHER_TRY(sys::open_socket_diag(Tid(4242)));
//   for (const Socket& socket : TETHER_TRY(sys::list_sockets(diag.get(), {AF_INET, IPPROTO_TCP}))) …

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/base/unique_fd.h"

namespace tether::sys {

struct InetEnd {
  std::array<std::uint8_t, 16> address{};  ///< in network order; of IPv4 the first four
  std::uint16_t port = 0;

  friend bool operator==(const InetEnd&, const InetEnd&) = default;
};

struct Socket {
  std::uint64_t inode = 0;
  int family = 0;      ///< AF_INET …
  int type = 0;        ///< SOCK_STREAM …
  int protocol = 0;    ///< IPPROTO_TCP …; NETLINK_ROUTE …; ETH_P_ALL … of a packet socket; 0 for AF_UNIX
  unsigned state = 0;  ///< TCP_ESTABLISHED … (netinet/tcp.h), which the kernel uses for all families
  InetEnd local;       ///< AF_INET, AF_INET6
  InetEnd remote;
  std::string path;           ///< AF_UNIX: what it is bound to; begins with NUL if abstract; empty if not bound
  std::uint64_t peer = 0;     ///< AF_UNIX: the inode of the socket at the other end; 0 if there is none, or none known
  std::uint32_t port_id = 0;  ///< AF_NETLINK
  std::uint32_t interface_index = 0;  ///< AF_PACKET; 0: all interfaces
};

struct SocketKind {
  int family = 0;
  int protocol = 0;  ///< of AF_INET and AF_INET6 only
};

/// A sock_diag socket in the network namespace of `tid`. PermissionDenied where that is another namespace than ours and
/// we may not enter it (setns(2): CAP_SYS_ADMIN); our own thread stays where it is.
Result<UniqueFd> open_socket_diag(Tid tid);

/// All sockets of one kind. Unsupported if the kernel has no diagnosis for it. A TCP socket that is neither connected
/// nor listening is not among them.
Result<std::vector<Socket>> list_sockets(int diag, SocketKind kind);

}  // namespace tether::sys
