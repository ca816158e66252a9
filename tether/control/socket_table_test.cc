#include "tether/control/socket_table.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace tether {
namespace {

sys::InetEnd v4(std::uint8_t last, std::uint16_t port) {
  return {.address = {127, 0, 0, last}, .port = port};
}

sys::InetEnd mapped(std::uint8_t last, std::uint16_t port) {
  return {.address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 127, 0, 0, last}, .port = port};
}

sys::Socket tcp(std::uint64_t inode, int family, sys::InetEnd local, sys::InetEnd remote) {
  return {.inode = inode, .family = family, .protocol = IPPROTO_TCP, .local = local, .remote = remote};
}

TEST(SocketTable, FindsTheOtherEndOfALoopbackConnection) {
  const SocketTable table({tcp(1, AF_INET, v4(1, 80), {}), tcp(2, AF_INET, v4(1, 80), v4(1, 4000)),
                           tcp(3, AF_INET, v4(1, 4000), v4(1, 80)), tcp(4, AF_INET, v4(2, 4000), v4(1, 80)),
                           tcp(5, AF_INET, v4(1, 5000), v4(9, 80))});
  EXPECT_EQ(table.find_peer(*table.find(2)), 3u);
  EXPECT_EQ(table.find_peer(*table.find(3)), 2u);
  EXPECT_EQ(table.find_peer(*table.find(1)), 0u);
  EXPECT_EQ(table.find_peer(*table.find(4)), 0u);
  EXPECT_EQ(table.find_peer(*table.find(5)), 0u);
  EXPECT_EQ(table.find(6), nullptr);
}

TEST(SocketTable, AnIpv6SocketMayHaveAnIpv4Peer) {
  const SocketTable table({tcp(2, AF_INET6, mapped(1, 80), mapped(1, 4000)), tcp(3, AF_INET, v4(1, 4000), v4(1, 80))});
  EXPECT_EQ(table.find_peer(*table.find(2)), 3u);
  EXPECT_EQ(table.find_peer(*table.find(3)), 2u);
}

TEST(SocketTable, UnixSocketsKnowTheirPeer) {
  const SocketTable table({{.inode = 7, .family = AF_UNIX, .peer = 8}});
  EXPECT_EQ(table.find_peer(*table.find(7)), 8u);
}

TEST(SocketTable, SocketsThatAreClosedHaveNoInode) {
  EXPECT_EQ(SocketTable({{.inode = 0, .family = AF_INET}}).find(0), nullptr);
}

}  // namespace
}  // namespace tether
