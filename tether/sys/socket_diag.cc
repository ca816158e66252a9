#include "tether/sys/socket_diag.h"

#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/netlink_diag.h>
#include <linux/packet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <span>
#include <thread>

namespace tether::sys {

namespace {

using Bytes = std::span<const std::byte>;

constexpr std::size_t kReplySize = 128 << 10;  // the kernel makes parts of a dump as big as this allows, up to 32 KiB

/// The T at the start of `bytes`; absent if they are too few.
template <class T>
std::optional<T> take(Bytes& bytes, std::size_t aligned_size = (sizeof(T) + 3) & ~std::size_t{3}) {
  if (bytes.size() < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes = bytes.subspan(std::min(aligned_size, bytes.size()));
  return value;
}

/// The contents of the attribute `type`; empty if there is none.
Bytes find_attribute(Bytes attributes, unsigned type) {
  while (attributes.size() >= sizeof(rtattr)) {
    const Bytes whole = attributes;
    const auto header = *take<rtattr>(attributes);
    if (header.rta_len < sizeof(rtattr) || header.rta_len > whole.size()) return {};
    if (header.rta_type == type) return whole.subspan(sizeof(rtattr), header.rta_len - sizeof(rtattr));
    attributes = whole.subspan(std::min<std::size_t>((header.rta_len + 3u) & ~3u, whole.size()));
  }
  return {};
}

InetEnd inet_end(const __be32 (&address)[4], __be16 port) {
  InetEnd end{.address = {}, .port = ntohs(port)};
  std::memcpy(end.address.data(), address, end.address.size());
  return end;
}

std::optional<Socket> parse_inet(Bytes bytes, SocketKind kind) {
  const auto message = take<inet_diag_msg>(bytes);
  if (!message) return std::nullopt;
  return Socket{.inode = message->idiag_inode,
                .family = message->idiag_family,
                .type = kind.protocol == IPPROTO_TCP   ? SOCK_STREAM
                        : kind.protocol == IPPROTO_RAW ? SOCK_RAW
                                                       : SOCK_DGRAM,
                .protocol = kind.protocol,
                .state = message->idiag_state,
                .local = inet_end(message->id.idiag_src, message->id.idiag_sport),
                .remote = inet_end(message->id.idiag_dst, message->id.idiag_dport)};
}

std::optional<Socket> parse_unix(Bytes bytes, SocketKind) {
  const auto message = take<unix_diag_msg>(bytes);
  if (!message) return std::nullopt;
  Socket socket{
      .inode = message->udiag_ino, .family = AF_UNIX, .type = message->udiag_type, .state = message->udiag_state};
  const Bytes name = find_attribute(bytes, UNIX_DIAG_NAME);
  socket.path.assign(reinterpret_cast<const char*>(name.data()), name.size());
  if (!socket.path.starts_with('\0') && socket.path.ends_with('\0')) socket.path.pop_back();
  Bytes peer = find_attribute(bytes, UNIX_DIAG_PEER);
  socket.peer = take<__u32>(peer).value_or(0);
  return socket;
}

std::optional<Socket> parse_netlink(Bytes bytes, SocketKind) {
  const auto message = take<netlink_diag_msg>(bytes);
  if (!message) return std::nullopt;
  return Socket{.inode = message->ndiag_ino,
                .family = AF_NETLINK,
                .type = message->ndiag_type,
                .protocol = message->ndiag_protocol,
                .state = message->ndiag_state,
                .port_id = message->ndiag_portid};
}

std::optional<Socket> parse_packet(Bytes bytes, SocketKind) {
  const auto message = take<packet_diag_msg>(bytes);
  if (!message) return std::nullopt;
  Bytes info = find_attribute(bytes, PACKET_DIAG_INFO);
  const auto details = take<packet_diag_info>(info);
  return Socket{.inode = message->pdiag_ino,
                .family = AF_PACKET,
                .type = message->pdiag_type,
                .protocol = message->pdiag_num,
                .state = TCP_CLOSE,
                .interface_index = details ? details->pdi_index : 0};
}

constexpr __u32 kAllStates = ~__u32{0};

template <class Request>
Result<void> send_request(int diag, const Request& request) {
  struct {
    nlmsghdr header;
    Request request;
  } message{.header = {.nlmsg_len = sizeof message,
                       .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                       .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
                       .nlmsg_seq = 0,
                       .nlmsg_pid = 0},
            .request = request};
  if (::send(diag, &message, sizeof message, 0) < 0) return fail(errno_error(errno, "asking for sockets (sock_diag)"));
  return ok();
}

Result<void> ask(int diag, SocketKind kind) {
  const auto family = static_cast<__u8>(kind.family);
  switch (kind.family) {
    case AF_UNIX:
      return send_request(diag, unix_diag_req{.sdiag_family = family,
                                              .sdiag_protocol = 0,
                                              .pad = 0,
                                              .udiag_states = kAllStates,
                                              .udiag_ino = 0,
                                              .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER,
                                              .udiag_cookie = {}});
    case AF_NETLINK:
      return send_request(diag, netlink_diag_req{.sdiag_family = family,
                                                 .sdiag_protocol = NDIAG_PROTO_ALL,
                                                 .pad = 0,
                                                 .ndiag_ino = 0,
                                                 .ndiag_show = 0,
                                                 .ndiag_cookie = {}});
    case AF_PACKET:
      return send_request(diag, packet_diag_req{.sdiag_family = family,
                                                .sdiag_protocol = 0,
                                                .pad = 0,
                                                .pdiag_ino = 0,
                                                .pdiag_show = PACKET_SHOW_INFO,
                                                .pdiag_cookie = {}});
    default:
      return send_request(diag, inet_diag_req_v2{.sdiag_family = family,
                                                 .sdiag_protocol = static_cast<__u8>(kind.protocol),
                                                 .idiag_ext = 0,
                                                 .pad = 0,
                                                 .idiag_states = kAllStates,
                                                 .id = {}});
  }
}

using Parser = std::optional<Socket> (*)(Bytes, SocketKind);

Parser parser_of(int family) {
  switch (family) {
    case AF_UNIX:
      return parse_unix;
    case AF_NETLINK:
      return parse_netlink;
    case AF_PACKET:
      return parse_packet;
    default:
      return parse_inet;
  }
}

/// What one datagram of a dump brought.
enum class Part { More, Last };

Result<Part> parse_part(Bytes bytes, SocketKind kind, std::vector<Socket>& sockets) {
  while (bytes.size() >= sizeof(nlmsghdr)) {
    const Bytes whole = bytes;
    const auto header = *take<nlmsghdr>(bytes);
    if (header.nlmsg_len < sizeof(nlmsghdr) || header.nlmsg_len > whole.size()) break;
    Bytes body = whole.subspan(sizeof(nlmsghdr), header.nlmsg_len - sizeof(nlmsghdr));
    if (header.nlmsg_type == NLMSG_DONE) return Part::Last;
    if (header.nlmsg_type == NLMSG_ERROR) {
      const int err = -take<nlmsgerr>(body).value_or(nlmsgerr{.error = -EPROTO, .msg = {}}).error;
      Error error = errno_error(err, "listing sockets (sock_diag)");
      if (err == ENOENT || err == EINVAL || err == EOPNOTSUPP) error.code = ErrorCode::Unsupported;
      return fail(std::move(error));
    }
    if (header.nlmsg_type == SOCK_DIAG_BY_FAMILY)
      if (auto socket = parser_of(kind.family)(body, kind)) sockets.push_back(std::move(*socket));
    bytes = whole.subspan(std::min<std::size_t>((header.nlmsg_len + 3u) & ~3u, whole.size()));
  }
  return Part::More;
}

UniqueFd open_here() {
  return UniqueFd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
}

bool is_same_file(const std::string& a, const std::string& b) {
  struct stat first {};
  struct stat second {};
  return ::stat(a.c_str(), &first) == 0 && ::stat(b.c_str(), &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

}  // namespace

Result<UniqueFd> open_socket_diag(Tid tid) {
  const std::string theirs = "/proc/" + std::to_string(tid.value) + "/ns/net";
  UniqueFd diag;
  int err = 0;
  if (is_same_file(theirs, "/proc/thread-self/ns/net")) {
    diag = open_here();
    err = errno;
  } else {
    const UniqueFd space(::open(theirs.c_str(), O_RDONLY | O_CLOEXEC));
    if (!space.is_open()) return fail(errno_error(errno, theirs));
    // A socket stays in the namespace that it was made in; the thread that enters it ends here.
    std::thread([&] {
      if (::setns(space.get(), CLONE_NEWNET) == 0) diag = open_here();
      err = errno;
    }).join();
  }
  if (!diag.is_open())
    return fail(errno_error(err, "looking into the network namespace of " + std::to_string(tid.value)));
  return diag;
}

Result<std::vector<Socket>> list_sockets(int diag, SocketKind kind) {
  TETHER_CHECK(ask(diag, kind));
  std::vector<Socket> sockets;
  std::vector<std::byte> reply(kReplySize);
  for (;;) {
    const ssize_t got = ::recv(diag, reply.data(), reply.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(errno_error(errno, "listing sockets (sock_diag)"));
    const Part part = TETHER_TRY(parse_part(Bytes(reply).first(static_cast<std::size_t>(got)), kind, sockets));
    if (part == Part::Last) return sockets;
  }
}

}  // namespace tether::sys
