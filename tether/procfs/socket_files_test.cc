#include "tether/procfs/socket_files.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace tether::procfs {
namespace {

TEST(SocketFiles, Inet) {
  const auto sockets = parse_inet_sockets(
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
      "   0: 0100007F:1F90 0200007F:C001 01 00000000:00000000 00:00000000 00000000  1000        0 12345 1 "
      "0000000000000000 "
      "100 0 0 10 0\n",
      {.family = AF_INET, .protocol = IPPROTO_TCP});
  ASSERT_EQ(sockets.size(), 1u);
  EXPECT_EQ(sockets[0].inode, 12345u);
  EXPECT_EQ(sockets[0].type, SOCK_STREAM);
  EXPECT_EQ(sockets[0].state, static_cast<unsigned>(TCP_ESTABLISHED));
  EXPECT_EQ(sockets[0].local, (sys::InetEnd{.address = {127, 0, 0, 1}, .port = 8080}));
  EXPECT_EQ(sockets[0].remote, (sys::InetEnd{.address = {127, 0, 0, 2}, .port = 49153}));
}

TEST(SocketFiles, Inet6) {
  const auto sockets = parse_inet_sockets(
      "   0: 00000000000000000000000001000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 "
      "00:00000000 "
      "00000000     0        0 77 1\n",
      {.family = AF_INET6, .protocol = IPPROTO_TCP});
  ASSERT_EQ(sockets.size(), 1u);
  sys::InetEnd local{.address = {}, .port = 22};
  local.address[15] = 1;
  EXPECT_EQ(sockets[0].local, local);
  EXPECT_EQ(sockets[0].state, static_cast<unsigned>(TCP_LISTEN));
}

TEST(SocketFiles, Unix) {
  const auto sockets = parse_unix_sockets(
      "Num       RefCount Protocol Flags    Type St Inode Path\n"
      "0000000000000000: 00000002 00000000 00010000 0001 01 1234 /run/a socket\n"
      "0000000000000000: 00000002 00000000 00000000 0002 01 1235 @abstract\n"
      "0000000000000000: 00000003 00000000 00000000 0001 03 1236\n");
  ASSERT_EQ(sockets.size(), 3u);
  EXPECT_EQ(sockets[0].path, "/run/a socket");
  EXPECT_EQ(sockets[0].state, static_cast<unsigned>(TCP_LISTEN));
  EXPECT_EQ(sockets[1].path, std::string("\0abstract", 9));
  EXPECT_EQ(sockets[1].type, SOCK_DGRAM);
  EXPECT_EQ(sockets[2].path, "");
  EXPECT_EQ(sockets[2].state, static_cast<unsigned>(TCP_ESTABLISHED));
}

TEST(SocketFiles, NetlinkAndPacket) {
  const auto netlink = parse_netlink_sockets(
      "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n"
      "0000000000000000 15  4242       00000002 0        0        0     2        0        99\n");
  ASSERT_EQ(netlink.size(), 1u);
  EXPECT_EQ(netlink[0].protocol, 15);
  EXPECT_EQ(netlink[0].port_id, 4242u);
  EXPECT_EQ(netlink[0].inode, 99u);
  const auto packet = parse_packet_sockets(
      "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n"
      "0000000000000000 3      3    0003   2     1 0      0      88\n");
  ASSERT_EQ(packet.size(), 1u);
  EXPECT_EQ(packet[0].type, SOCK_RAW);
  EXPECT_EQ(packet[0].protocol, 3);
  EXPECT_EQ(packet[0].interface_index, 2u);
  EXPECT_EQ(packet[0].inode, 88u);
}

}  // namespace
}  // namespace tether::procfs
