#include "tether/cli/fd_change.h"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace tether::cli {
namespace {

TEST(FdChange, ReadsDescriptors) {
  EXPECT_EQ(parse_fd("0").value(), Fd(0));
  EXPECT_EQ(parse_fd("1023").value(), Fd(1023));
  for (const char* word : {"", "-1", "1x", "0x1", "99999999999"}) EXPECT_FALSE(parse_fd(word).has_value()) << word;
}

TEST(FdChange, ReadsFlagsOfOpen) {
  EXPECT_EQ(parse_open_flags("O_RDWR|O_CREAT").value(), static_cast<std::uint32_t>(O_RDWR | O_CREAT));
  EXPECT_EQ(parse_open_flags("wronly,append").value(), static_cast<std::uint32_t>(O_WRONLY | O_APPEND));
  const auto wrong = parse_open_flags("O_RDWR|O_CREATE");
  ASSERT_FALSE(wrong.has_value());
  EXPECT_NE(wrong.error().message.find("O_CREAT"), std::string::npos) << wrong.error().message;
}

TEST(FdChange, TellsDescriptorsOfOtherProcessesFromPaths) {
  const auto found = find_foreign_descriptor("4242:1");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->pid, Pid(4242));
  EXPECT_EQ(found->fd, Fd(1));
  for (const char* path : {"./4242:1", "log", "a:1", "0:1", "4242:"})
    EXPECT_FALSE(find_foreign_descriptor(path)) << path;
}

}  // namespace
}  // namespace tether::cli
