#include "tether/procfs/socket_files.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstring>
#include <optional>

#include "tether/procfs/internal/fields.h"
#include "tether/procfs/text_file.h"

namespace tether::procfs {

namespace {

using sys::InetEnd;
using sys::Socket;
using sys::SocketKind;

/// "0100007F:1F90": the address in 32-bit words as the machine holds them (net/ipv4/tcp_ipv4.c, get_tcp4_sock).
std::optional<InetEnd> parse_end(std::string_view text, int family) {
  const std::string_view address = take_field(text, ':');
  const auto port = find_number<std::uint16_t>(text, 16);
  constexpr std::size_t kDigits = 8;
  if (!port || address.size() != (family == AF_INET6 ? 4 * kDigits : kDigits)) return std::nullopt;
  InetEnd end{.address = {}, .port = *port};
  for (std::size_t at = 0; at < address.size(); at += kDigits) {
    const auto word = find_number<std::uint32_t>(address.substr(at, kDigits), 16);
    if (!word) return std::nullopt;
    std::memcpy(end.address.data() + at / 2, &*word, sizeof *word);
  }
  return end;
}

std::optional<Socket> parse_inet_line(std::string_view line, SocketKind kind) {
  take_word(line);  // the number of the slot
  const auto local = parse_end(take_word(line), kind.family);
  const auto remote = parse_end(take_word(line), kind.family);
  const auto state = find_number<unsigned>(take_word(line), 16);
  constexpr int kFieldsBeforeInode = 5;  // queues, timer, retransmissions, uid, timeout
  for (int i = 0; i < kFieldsBeforeInode; ++i) take_word(line);
  const auto inode = find_number<std::uint64_t>(take_word(line));
  if (!local || !remote || !state || !inode) return std::nullopt;
  return Socket{.inode = *inode,
                .family = kind.family,
                .type = kind.protocol == IPPROTO_TCP   ? SOCK_STREAM
                        : kind.protocol == IPPROTO_RAW ? SOCK_RAW
                                                       : SOCK_DGRAM,
                .protocol = kind.protocol,
                .state = *state,
                .local = *local,
                .remote = *remote};
}

// "0000000000000000: 00000002 00000000 00010000 0001 01 1234 /run/x" (net/unix/af_unix.c, unix_seq_show)
std::optional<Socket> parse_unix_line(std::string_view line) {
  constexpr std::uint32_t kAcceptsConnections = 1u << 16;  // __SO_ACCEPTCON, which no header exports
  constexpr unsigned kConnected = 3;                       // SS_CONNECTED (linux/net.h)
  for (int i = 0; i < 3; ++i) take_word(line);             // address, reference count, protocol
  const auto flags = find_number<std::uint32_t>(take_word(line), 16);
  const auto type = find_number<int>(take_word(line), 16);
  const auto state = find_number<unsigned>(take_word(line), 16);
  const auto inode = find_number<std::uint64_t>(take_word(line));
  if (!flags || !type || !state || !inode) return std::nullopt;
  std::string path(line.substr(std::min<std::size_t>(1, line.size())));
  if (path.starts_with('@')) path[0] = '\0';
  return Socket{.inode = *inode,
                .family = AF_UNIX,
                .type = *type,
                .state = (*flags & kAcceptsConnections) != 0 ? static_cast<unsigned>(TCP_LISTEN)
                         : *state == kConnected              ? static_cast<unsigned>(TCP_ESTABLISHED)
                                                             : static_cast<unsigned>(TCP_CLOSE),
                .path = std::move(path)};
}

// "sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode"
std::optional<Socket> parse_netlink_line(std::string_view line) {
  take_word(line);
  const auto protocol = find_number<int>(take_word(line));
  const auto port_id = find_number<std::uint32_t>(take_word(line));
  constexpr int kFieldsBeforeInode = 6;
  for (int i = 0; i < kFieldsBeforeInode; ++i) take_word(line);
  const auto inode = find_number<std::uint64_t>(take_word(line));
  if (!protocol || !port_id || !inode) return std::nullopt;
  return Socket{.inode = *inode,
                .family = AF_NETLINK,
                .type = SOCK_RAW,
                .protocol = *protocol,
                .state = TCP_CLOSE,
                .port_id = *port_id};
}

// "sk RefCnt Type Proto Iface R Rmem User Inode"
std::optional<Socket> parse_packet_line(std::string_view line) {
  take_word(line);
  take_word(line);
  const auto type = find_number<int>(take_word(line));
  const auto protocol = find_number<int>(take_word(line), 16);
  const auto interface_index = find_number<std::uint32_t>(take_word(line));
  for (int i = 0; i < 3; ++i) take_word(line);
  const auto inode = find_number<std::uint64_t>(take_word(line));
  if (!type || !protocol || !interface_index || !inode) return std::nullopt;
  return Socket{.inode = *inode,
                .family = AF_PACKET,
                .type = *type,
                .protocol = *protocol,
                .state = TCP_CLOSE,
                .interface_index = *interface_index};
}

template <class ParseLine>
std::vector<Socket> parse_lines(std::string_view text, ParseLine parse_line) {
  std::vector<Socket> sockets;
  while (!text.empty())
    if (auto socket = parse_line(take_line(text))) sockets.push_back(std::move(*socket));
  return sockets;
}

std::string file_of(SocketKind kind) {
  if (kind.family == AF_UNIX) return "unix";
  if (kind.family == AF_NETLINK) return "netlink";
  if (kind.family == AF_PACKET) return "packet";
  const std::string stem = kind.protocol == IPPROTO_TCP ? "tcp" : kind.protocol == IPPROTO_RAW ? "raw" : "udp";
  return stem + (kind.family == AF_INET6 ? "6" : "");
}

}  // namespace

std::vector<Socket> parse_inet_sockets(std::string_view text, SocketKind kind) {
  return parse_lines(text, [kind](std::string_view line) { return parse_inet_line(line, kind); });
}

std::vector<Socket> parse_unix_sockets(std::string_view text) {
  return parse_lines(text, parse_unix_line);
}

std::vector<Socket> parse_netlink_sockets(std::string_view text) {
  return parse_lines(text, parse_netlink_line);
}

std::vector<Socket> parse_packet_sockets(std::string_view text) {
  return parse_lines(text, parse_packet_line);
}

Result<std::vector<Socket>> read_socket_file(Tid tid, SocketKind kind) {
  const std::string text = TETHER_TRY(read_text_file(path_in_proc(tid, "net/" + file_of(kind))));
  switch (kind.family) {
    case AF_UNIX:
      return parse_unix_sockets(text);
    case AF_NETLINK:
      return parse_netlink_sockets(text);
    case AF_PACKET:
      return parse_packet_sockets(text);
    default:
      return parse_inet_sockets(text, kind);
  }
}

}  // namespace tether::procfs
