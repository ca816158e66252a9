#include "tether/decode/constants.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "tether/decode/names.h"

namespace tether::decode {
namespace {

TEST(Constants, AreWhatTheHeadersSay) {
  EXPECT_EQ(*find_constant(Abi::X86_64, "O_CREAT"), O_CREAT);
  EXPECT_EQ(*find_constant(Abi::X86_64, "O_RDWR"), O_RDWR);
  EXPECT_EQ(*find_constant(Abi::X86_64, "AT_FDCWD"), static_cast<std::uint64_t>(AT_FDCWD));
  EXPECT_EQ(*find_constant(Abi::X86_64, "AF_INET6"), AF_INET6);
  EXPECT_EQ(*find_constant(Abi::X86_64, "SO_REUSEADDR"), SO_REUSEADDR);
  EXPECT_EQ(*find_constant(Abi::X86_64, "TIOCGWINSZ"), TIOCGWINSZ);
  EXPECT_EQ(*find_constant(Abi::I386, "PROT_EXEC"), PROT_EXEC);
  EXPECT_EQ(*find_constant(Abi::I386, "SIGUSR2"), SIGUSR2);
  EXPECT_EQ(*find_constant(Abi::I386, "NULL"), 0u);
  EXPECT_EQ(*find_constant(Abi::X86_64, "ENOENT"), ENOENT);
}

TEST(Constants, OfAnArgumentComeFirst) {
  const auto mmap = find_call(Abi::X86_64, "mmap");
  EXPECT_EQ(*find_constant(*mmap, 3, "MAP_ANONYMOUS"), MAP_ANONYMOUS);
  const auto prctl = find_call(Abi::X86_64, "prctl");
  EXPECT_EQ(*find_constant(*prctl, 0, "PR_SET_NAME"), PR_SET_NAME);
}

TEST(Constants, UnknownOnesNameTheNearest) {
  const auto unknown = find_constant(Abi::X86_64, "O_CREATT");
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().code, ErrorCode::NotFound);
  EXPECT_NE(unknown.error().message.find("did you mean 'O_CREAT'"), std::string::npos) << unknown.error().message;
}

}  // namespace
}  // namespace tether::decode
