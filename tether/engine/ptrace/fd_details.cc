#include "tether/engine/ptrace/fd_details.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <charconv>

#include "tether/procfs/fdinfo.h"
#include "tether/procfs/socket_files.h"

namespace tether {

namespace {

struct Protocol {
  std::string_view name;  ///< of struct proto, in the kernel's net/
  sys::SocketKind kind;
};
constexpr Protocol kProtocols[] = {{"TCP", {AF_INET, IPPROTO_TCP}},  {"TCPv6", {AF_INET6, IPPROTO_TCP}},
                                   {"UDP", {AF_INET, IPPROTO_UDP}},  {"UDPv6", {AF_INET6, IPPROTO_UDP}},
                                   {"RAW", {AF_INET, IPPROTO_RAW}},  {"RAWv6", {AF_INET6, IPPROTO_RAW}},
                                   {"UNIX", {AF_UNIX, 0}},           {"UNIX-STREAM", {AF_UNIX, 0}},
                                   {"UNIX-SEQPACKET", {AF_UNIX, 0}}, {"NETLINK", {AF_NETLINK, 0}}};

const sys::SocketKind* find_kind(std::string_view protocol) {
  const auto* found = std::ranges::find(kProtocols, protocol, &Protocol::name);
  return found == std::end(kProtocols) ? nullptr : &found->kind;
}

/// The inode in "socket:[12345]"; 0 if that is not what it is.
std::uint64_t socket_inode(std::string_view link) {
  constexpr std::string_view kSocket = "socket:[";
  if (!link.starts_with(kSocket)) return 0;
  std::uint64_t inode = 0;
  std::from_chars(link.data() + kSocket.size(), link.data() + link.size(), inode);
  return inode;
}

void append_end(std::string& out, int family, const sys::InetEnd& end) {
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(family, end.address.data(), text, sizeof text);
  if (family == AF_INET6)
    out.append("[").append(text).append("]");
  else
    out.append(text);
  out.append(":").append(std::to_string(end.port));
}

/// In quotes: a name may consist of any bytes.
void append_quoted(std::string& out, std::string_view name) {
  out.push_back('"');
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out.push_back('\\');
    if (byte >= ' ' && byte <= '~') {
      out.push_back(c);
    } else {
      for (const char part : {'\\', static_cast<char>('0' + (byte >> 6)), static_cast<char>('0' + ((byte >> 3) & 7)),
                              static_cast<char>('0' + (byte & 7))})
        out.push_back(part);
    }
  }
  out.push_back('"');
}

void append_unix(std::string& out, const sys::Socket& socket) {
  out.append(std::to_string(socket.inode));
  if (socket.peer != 0) out.append("->").append(std::to_string(socket.peer));
  if (socket.path.empty()) return;
  out.push_back(',');
  const bool is_abstract = socket.path.front() == '\0';
  if (is_abstract) out.push_back('@');
  append_quoted(out, std::string_view(socket.path).substr(is_abstract ? 1 : 0));
}

void append_inet(std::string& out, const sys::Socket& socket) {
  append_end(out, socket.family, socket.local);
  if (socket.remote == sys::InetEnd{}) return;
  out.append("->");
  append_end(out, socket.family, socket.remote);
}

std::string text_of(std::string_view protocol, const sys::Socket& socket) {
  std::string text(protocol);
  text += ":[";
  if (socket.family == AF_UNIX)
    append_unix(text, socket);
  else if (socket.family == AF_NETLINK)
    text.append(std::to_string(socket.protocol)).append(":").append(std::to_string(socket.port_id));
  else
    append_inet(text, socket);
  return text + "]";
}

/// True if what was said of the socket holds as long as it lives: it has a peer, or waits for many.
bool is_final(const sys::Socket& socket) {
  const bool is_stream = socket.type == SOCK_STREAM || socket.type == SOCK_SEQPACKET;
  return is_stream && (socket.state == TCP_ESTABLISHED || socket.state == TCP_LISTEN);
}

/// <char 1:3>, <block 7:0>; empty if the file is no device.
std::string device_numbers(const char* path) {
  struct stat st;
  if (::fstatat(AT_FDCWD, path, &st, AT_NO_AUTOMOUNT) != 0 || (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))) return {};
  return std::string(S_ISCHR(st.st_mode) ? "<char " : "<block ") + std::to_string(gnu_dev_major(st.st_rdev)) + ":" +
         std::to_string(gnu_dev_minor(st.st_rdev)) + ">";
}

std::string process_of_pidfd(Tid tid, Fd fd) {
  const auto info = procfs::read_fdinfo(tid, fd);
  if (!info.has_value()) return {};
  const auto* pidfd = std::get_if<procfs::PidFdInfo>(&info->special);
  return pidfd != nullptr ? "pid:" + std::to_string(pidfd->pid) : std::string();
}

}  // namespace

/// -1 where the namespace may not be entered.
int FdDetails::diag_of(Tid tid) {
  struct stat st;
  if (::stat(("/proc/" + std::to_string(tid.value) + "/ns/net").c_str(), &st) != 0) return -1;
  const auto [found, is_new] = diags_.try_emplace(st.st_ino);
  if (is_new)
    if (auto diag = sys::open_socket_diag(tid); diag.has_value()) found->second = std::move(*diag);
  return found->second.get();
}

std::optional<FdDetails::Known> FdDetails::look_up(Tid tid, std::uint64_t inode, std::string_view protocol) {
  const sys::SocketKind* kind = find_kind(protocol);
  if (kind == nullptr) return std::nullopt;
  const int diag = diag_of(tid);
  auto sockets = diag >= 0 ? sys::list_sockets(diag, *kind) : procfs::read_socket_file(tid, *kind);
  if (!sockets.has_value() && diag >= 0) sockets = procfs::read_socket_file(tid, *kind);
  if (!sockets.has_value()) return std::nullopt;
  const auto found = std::ranges::find(*sockets, inode, &sys::Socket::inode);
  if (found == sockets->end()) return std::nullopt;
  return Known{.text = text_of(protocol, *found), .is_final = is_final(*found)};
}

std::string FdDetails::describe_socket(Tid tid, std::uint64_t inode, std::string_view protocol) {
  if (const auto known = sockets_.find(inode); known != sockets_.end()) return known->second;
  auto found = look_up(tid, inode, protocol);
  if (!found) return std::string(protocol) + ":[" + std::to_string(inode) + "]";
  if (found->is_final) sockets_.emplace(inode, found->text);
  return std::move(found->text);
}

std::string FdDetails::describe(Tid tid, Fd fd, const char* path, std::string_view link, std::string_view protocol) {
  constexpr std::string_view kPidfd = "pidfd";
  if (link.starts_with('/')) return device_numbers(path);
  if (const std::uint64_t inode = socket_inode(link); inode != 0)
    return protocol.empty() ? std::string() : describe_socket(tid, inode, protocol);
  if (link.find(kPidfd) != std::string_view::npos) return process_of_pidfd(tid, fd);
  return {};
}

}  // namespace tether
