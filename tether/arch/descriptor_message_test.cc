#include "tether/arch/descriptor_message.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

namespace tether {
namespace {

TEST(DescriptorMessage, IsWhatTheKernelFillsIn) {
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
  alignas(16) std::byte memory[256] = {};
  const DescriptorMessage message(Abi::X86_64, RemoteAddr(reinterpret_cast<std::uintptr_t>(memory)));
  ASSERT_LE(message.bytes().size(), sizeof memory);
  std::memcpy(memory, message.bytes().data(), message.bytes().size());

  char byte = 'x';
  iovec vector{.iov_base = &byte, .iov_len = 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr sent{.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  cmsghdr* header = CMSG_FIRSTHDR(&sent);
  *header = {.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
  std::memcpy(CMSG_DATA(header), &pair[1], sizeof(int));
  ASSERT_EQ(::sendmsg(pair[1], &sent, 0), 1);
  ASSERT_EQ(::recvmsg(pair[0], reinterpret_cast<msghdr*>(memory), 0), 1);

  const auto received = message.parse(memory);
  ASSERT_TRUE(received.has_value());
  EXPECT_GT(received->value, pair[1]);
  for (const int fd : {pair[0], pair[1], received->value}) EXPECT_EQ(::close(fd), 0);
}

TEST(DescriptorMessage, OfI386HasWordsOfFourBytes) {
  const DescriptorMessage message(Abi::I386, RemoteAddr(0x1000));
  std::uint32_t words[7];
  ASSERT_GE(message.bytes().size(), sizeof words);
  std::memcpy(words, message.bytes().data(), sizeof words);
  EXPECT_EQ(words[2], 0x1000u + sizeof words);  // struct iovec stands behind the header
  EXPECT_EQ(words[3], 1u);
  EXPECT_GT(words[4], words[2]);
  EXPECT_EQ(words[5], 20u);  // CMSG_SPACE(sizeof(int)) where size_t has four bytes, and its alignment
}

TEST(DescriptorMessage, WithoutADescriptorHasNone) {
  for (const Abi abi : {Abi::X86_64, Abi::I386}) {
    const DescriptorMessage message(abi, RemoteAddr(0x1000));
    EXPECT_FALSE(message.parse(message.bytes()).has_value());
    EXPECT_FALSE(message.parse({}).has_value());
  }
}

}  // namespace
}  // namespace tether
