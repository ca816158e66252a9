#include "tether/procfs/process_io.h"

#include <gtest/gtest.h>

namespace tether::procfs {
namespace {

TEST(ProcessIo, ReadsItsLines) {
  const auto io = parse_process_io(
      "rchar: 323934931\nwchar: 323929600\nsyscr: 632687\nsyscw: 632675\nread_bytes: 4096\nwrite_bytes: "
      "323932160\ncancelled_write_bytes: 1\n");
  ASSERT_TRUE(io.has_value());
  EXPECT_EQ(io->read_chars, 323934931u);
  EXPECT_EQ(io->write_chars, 323929600u);
  EXPECT_EQ(io->read_calls, 632687u);
  EXPECT_EQ(io->write_calls, 632675u);
  EXPECT_EQ(io->read_bytes, 4096u);
  EXPECT_EQ(io->write_bytes, 323932160u);
  EXPECT_FALSE(parse_process_io("").has_value());
}

}  // namespace
}  // namespace tether::procfs
