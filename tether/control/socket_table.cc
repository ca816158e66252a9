#include "tether/control/socket_table.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "tether/procfs/socket_files.h"

namespace tether {

namespace {

constexpr sys::SocketKind kSocketKinds[] = {
    {AF_UNIX, 0},
    {AF_INET, IPPROTO_TCP},
    {AF_INET6, IPPROTO_TCP},
    {AF_INET, IPPROTO_UDP},
    {AF_INET6, IPPROTO_UDP},
    {AF_INET, IPPROTO_RAW},
    {AF_INET6, IPPROTO_RAW},
    {AF_NETLINK, 0},
    {AF_PACKET, 0},
};

bool is_inet(const sys::Socket& socket) {
  return socket.family == AF_INET || socket.family == AF_INET6;
}

std::uint32_t pack_ports(std::uint16_t local, std::uint16_t remote) {
  return static_cast<std::uint32_t>(local) << 16 | remote;
}

/// An IPv4 address as an IPv6 socket shows it (::ffff:127.0.0.1) is the IPv4 one.
sys::InetEnd normalized(const sys::InetEnd& end, int family) {
  if (family != AF_INET6) return end;
  in6_addr address;
  std::copy(end.address.begin(), end.address.end(), std::begin(address.s6_addr));
  if (!IN6_IS_ADDR_V4MAPPED(&address)) return end;
  sys::InetEnd v4{.address = {}, .port = end.port};
  constexpr std::size_t kMappedPrefix = 12;
  std::copy(end.address.begin() + kMappedPrefix, end.address.end(), v4.address.begin());
  return v4;
}

}  // namespace

SocketTable::SocketTable(std::vector<sys::Socket> sockets) : sockets_(std::move(sockets)) {
  for (std::size_t i = 0; i < sockets_.size(); ++i) {
    const sys::Socket& socket = sockets_[i];
    if (socket.inode != 0) by_inode_.emplace(socket.inode, i);
    if (is_inet(socket) && socket.remote.port != 0)
      by_ports_.emplace(pack_ports(socket.local.port, socket.remote.port), i);
  }
}

SocketTable SocketTable::read(Tid tid) {
  std::vector<sys::Socket> all;
  const auto diag = sys::open_socket_diag(tid);
  for (const sys::SocketKind kind : kSocketKinds) {
    Result<std::vector<sys::Socket>> some =
        diag.has_value() ? sys::list_sockets(diag->get(), kind) : Result<std::vector<sys::Socket>>(fail(diag.error()));
    if (!some.has_value()) some = procfs::read_socket_file(tid, kind);
    if (some.has_value()) std::ranges::move(*some, std::back_inserter(all));
  }
  return SocketTable(std::move(all));
}

const sys::Socket* SocketTable::find(std::uint64_t inode) const {
  const auto found = by_inode_.find(inode);
  return found == by_inode_.end() ? nullptr : &sockets_[found->second];
}

std::uint64_t SocketTable::find_peer(const sys::Socket& socket) const {
  if (!is_inet(socket)) return socket.peer;
  if (socket.remote.port == 0) return 0;
  const auto local = normalized(socket.local, socket.family);
  const auto remote = normalized(socket.remote, socket.family);
  const auto [first, last] = by_ports_.equal_range(pack_ports(remote.port, local.port));
  for (auto at = first; at != last; ++at) {
    const sys::Socket& other = sockets_[at->second];
    if (other.protocol == socket.protocol && normalized(other.local, other.family) == remote &&
        normalized(other.remote, other.family) == local)
      return other.inode;
  }
  return 0;
}

}  // namespace tether
