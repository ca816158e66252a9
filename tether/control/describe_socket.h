#pragma once
// A socket in words: "tcp 127.0.0.1:6379 listen", "unix stream @/tmp/.X11-unix/X0 established".

#include <string>
#include <string_view>

#include "tether/sys/socket_diag.h"

namespace tether {

/// "tcp", "udp6", "raw", "unix", "netlink", "packet"; the family's number if it has no name here.
std::string socket_family_name(const sys::Socket& socket);

/// "stream", "dgram", "seqpacket", "raw"; the number if it has no name here.
std::string socket_type_name(int type);

/// "established", "listen", "close-wait"; "closed" for one that is neither connected nor listening.
std::string_view socket_state_name(unsigned state);

/// "127.0.0.1:80", "[::1]:80", "*:80" for any address, "*:*" for none at all; empty if the family has no such ends.
std::string inet_end_text(const sys::InetEnd& end, int family);

/// What a Unix socket is bound to as people write it: an abstract name begins with '@'. Its bytes are not escaped.
std::string unix_path_text(std::string_view path);

/// "NETLINK_ROUTE"; the number if it has no name here.
std::string netlink_protocol_name(int protocol);

/// All of it, with both ends as far as there are any. What a process chose, the path, is not escaped.
std::string describe_socket(const sys::Socket& socket);

}  // namespace tether
