#include "tether/control/describe_socket.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace tether {
namespace {

TEST(DescribeSocket, Inet) {
  sys::Socket socket{.family = AF_INET,
                     .protocol = IPPROTO_TCP,
                     .state = TCP_LISTEN,
                     .local = {.address = {127, 0, 0, 1}, .port = 80}};
  EXPECT_EQ(describe_socket(socket), "tcp 127.0.0.1:80 listen");
  socket.local.address = {};
  EXPECT_EQ(describe_socket(socket), "tcp *:80 listen");
  socket.remote = {.address = {10, 0, 0, 2}, .port = 9};
  socket.state = TCP_CLOSE_WAIT;
  EXPECT_EQ(describe_socket(socket), "tcp *:80 -> 10.0.0.2:9 close-wait");
  socket.protocol = IPPROTO_UDP;
  EXPECT_EQ(describe_socket(socket), "udp *:80 -> 10.0.0.2:9");
}

TEST(DescribeSocket, Inet6) {
  sys::Socket socket{
      .family = AF_INET6, .protocol = IPPROTO_TCP, .state = TCP_LISTEN, .local = {.address = {}, .port = 22}};
  socket.local.address[15] = 1;
  EXPECT_EQ(describe_socket(socket), "tcp6 [::1]:22 listen");
}

TEST(DescribeSocket, UnixNetlinkPacket) {
  EXPECT_EQ(describe_socket({.family = AF_UNIX, .type = SOCK_STREAM, .state = TCP_LISTEN, .path = "/run/x"}),
            "unix stream /run/x listen");
  EXPECT_EQ(describe_socket({.family = AF_UNIX, .type = SOCK_DGRAM, .state = TCP_CLOSE, .path = std::string("\0x", 2)}),
            "unix dgram @x");
  EXPECT_EQ(describe_socket({.family = AF_NETLINK, .type = SOCK_RAW, .protocol = 0, .port_id = 7}),
            "netlink NETLINK_ROUTE port 7");
  EXPECT_EQ(describe_socket({.family = AF_PACKET, .type = SOCK_RAW, .interface_index = 2}), "packet raw interface 2");
  EXPECT_EQ(describe_socket({.family = AF_VSOCK, .type = SOCK_STREAM}), "family 40 stream");
}

}  // namespace
}  // namespace tether
