#include "tether/control/describe_socket.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <span>

namespace tether {

namespace {

struct NamedNumber {
  int number;
  std::string_view name;
};

constexpr NamedNumber kTypes[] = {{SOCK_STREAM, "stream"},
                                  {SOCK_DGRAM, "dgram"},
                                  {SOCK_RAW, "raw"},
                                  {SOCK_SEQPACKET, "seqpacket"},
                                  {SOCK_RDM, "rdm"}};

constexpr NamedNumber kStates[] = {{TCP_ESTABLISHED, "established"},
                                   {TCP_SYN_SENT, "syn-sent"},
                                   {TCP_SYN_RECV, "syn-recv"},
                                   {TCP_FIN_WAIT1, "fin-wait-1"},
                                   {TCP_FIN_WAIT2, "fin-wait-2"},
                                   {TCP_TIME_WAIT, "time-wait"},
                                   {TCP_CLOSE, "closed"},
                                   {TCP_CLOSE_WAIT, "close-wait"},
                                   {TCP_LAST_ACK, "last-ack"},
                                   {TCP_LISTEN, "listen"},
                                   {TCP_CLOSING, "closing"}};

#define TETHER_PROTOCOL(name) \
  NamedNumber {               \
    name, #name               \
  }
constexpr NamedNumber kNetlinkProtocols[] = {
    TETHER_PROTOCOL(NETLINK_ROUTE),          TETHER_PROTOCOL(NETLINK_USERSOCK),  TETHER_PROTOCOL(NETLINK_SOCK_DIAG),
    TETHER_PROTOCOL(NETLINK_NFLOG),          TETHER_PROTOCOL(NETLINK_XFRM),      TETHER_PROTOCOL(NETLINK_SELINUX),
    TETHER_PROTOCOL(NETLINK_ISCSI),          TETHER_PROTOCOL(NETLINK_AUDIT),     TETHER_PROTOCOL(NETLINK_FIB_LOOKUP),
    TETHER_PROTOCOL(NETLINK_CONNECTOR),      TETHER_PROTOCOL(NETLINK_NETFILTER), TETHER_PROTOCOL(NETLINK_DNRTMSG),
    TETHER_PROTOCOL(NETLINK_KOBJECT_UEVENT), TETHER_PROTOCOL(NETLINK_GENERIC),   TETHER_PROTOCOL(NETLINK_CRYPTO)};
#undef TETHER_PROTOCOL

std::string_view find_name(std::span<const NamedNumber> names, int number) {
  const auto found = std::ranges::find(names, number, &NamedNumber::number);
  return found == names.end() ? std::string_view() : found->name;
}

std::string name_or_number(std::span<const NamedNumber> names, int number) {
  const std::string_view name = find_name(names, number);
  return name.empty() ? std::to_string(number) : std::string(name);
}

std::string describe_inet(const sys::Socket& socket) {
  std::string text = socket_family_name(socket) + " " + inet_end_text(socket.local, socket.family);
  if (socket.remote.port != 0) text += " -> " + inet_end_text(socket.remote, socket.family);
  if (socket.protocol == IPPROTO_TCP) text.append(" ").append(socket_state_name(socket.state));
  return text;
}

std::string describe_unix(const sys::Socket& socket) {
  std::string text = "unix " + socket_type_name(socket.type);
  if (!socket.path.empty()) text += " " + unix_path_text(socket.path);
  if (socket.state != TCP_CLOSE) text.append(" ").append(socket_state_name(socket.state));
  return text;
}

}  // namespace

std::string socket_family_name(const sys::Socket& socket) {
  switch (socket.family) {
    case AF_UNIX:
      return "unix";
    case AF_NETLINK:
      return "netlink";
    case AF_PACKET:
      return "packet";
    case AF_INET:
    case AF_INET6: {
      const std::string stem = socket.protocol == IPPROTO_TCP ? "tcp" : socket.protocol == IPPROTO_UDP ? "udp" : "raw";
      return socket.family == AF_INET6 ? stem + "6" : stem;
    }
    default:
      return "family " + std::to_string(socket.family);
  }
}

std::string socket_type_name(int type) {
  return name_or_number(kTypes, type);
}

std::string_view socket_state_name(unsigned state) {
  const std::string_view name = find_name(kStates, static_cast<int>(state));
  return name.empty() ? "unknown state" : name;
}

std::string inet_end_text(const sys::InetEnd& end, int family) {
  if (family != AF_INET && family != AF_INET6) return {};
  const std::string port = end.port == 0 ? "*" : std::to_string(end.port);
  if (std::ranges::all_of(end.address, [](std::uint8_t byte) { return byte == 0; })) return "*:" + port;
  char text[INET6_ADDRSTRLEN];
  if (::inet_ntop(family, end.address.data(), text, sizeof text) == nullptr) return {};
  return (family == AF_INET6 ? "[" + std::string(text) + "]" : std::string(text)) + ":" + port;
}

std::string unix_path_text(std::string_view path) {
  std::string text(path);
  if (text.starts_with('\0')) text[0] = '@';
  return text;
}

std::string netlink_protocol_name(int protocol) {
  return name_or_number(kNetlinkProtocols, protocol);
}

std::string describe_socket(const sys::Socket& socket) {
  switch (socket.family) {
    case AF_INET:
    case AF_INET6:
      return describe_inet(socket);
    case AF_UNIX:
      return describe_unix(socket);
    case AF_NETLINK:
      return "netlink " + netlink_protocol_name(socket.protocol) + " port " + std::to_string(socket.port_id);
    case AF_PACKET:
      return "packet " + socket_type_name(socket.type) +
             (socket.interface_index == 0 ? " all interfaces" : " interface " + std::to_string(socket.interface_index));
    default:
      return socket_family_name(socket) + " " + socket_type_name(socket.type);
  }
}

}  // namespace tether
