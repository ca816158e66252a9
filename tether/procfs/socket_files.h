#pragma once
// /proc/PID/net/{tcp,udp,raw,unix,netlink,packet}: the sockets of a process's network namespace, as text. Less than
// sock_diag tells (no peers of Unix sockets), but there for namespaces that may not be entered.

#include <string_view>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/sys/socket_diag.h"

namespace tether::procfs {

/// The lines of tcp, tcp6, udp, udp6, raw …: `kind` says which. Lines that are not understood are left out.
std::vector<sys::Socket> parse_inet_sockets(std::string_view text, sys::SocketKind kind);

/// The lines of unix. The NULs of an abstract name are '@' there, and only the first can be told to be one.
std::vector<sys::Socket> parse_unix_sockets(std::string_view text);

std::vector<sys::Socket> parse_netlink_sockets(std::string_view text);
std::vector<sys::Socket> parse_packet_sockets(std::string_view text);

/// The file for `kind`. NotFound if the kernel has none, or if there is no such task.
Result<std::vector<sys::Socket>> read_socket_file(Tid tid, sys::SocketKind kind);

}  // namespace tether::procfs
