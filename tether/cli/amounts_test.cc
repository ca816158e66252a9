#include "tether/cli/amounts.h"

#include <gtest/gtest.h>

namespace tether::cli {
namespace {

TEST(Amounts, Sizes) {
  EXPECT_EQ(size_text(0), "0");
  EXPECT_EQ(size_text(1023), "1023");
  EXPECT_EQ(size_text(4096), "4K");
  EXPECT_EQ(size_text(1536), "1.5K");
  EXPECT_EQ(size_text(132 << 10), "132K");
  EXPECT_EQ(size_text((1 << 20) - 1), "1.0M");
  EXPECT_EQ(size_text(1ull << 40), "1T");
  EXPECT_EQ(size_text(~0ull), "16E");
}

TEST(Amounts, Durations) {
  EXPECT_EQ(duration_text(0.037), "0.04 s");
  EXPECT_EQ(duration_text(59.9), "59 s");
  EXPECT_EQ(duration_text(185), "3 min 5 s");
  EXPECT_EQ(duration_text(7625), "2 h 7 min");
  EXPECT_EQ(duration_text(5 * 86400 + 3 * 3600), "5 d 3 h");
}

}  // namespace
}  // namespace tether::cli
