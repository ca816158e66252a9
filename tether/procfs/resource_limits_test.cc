#include "tether/procfs/resource_limits.h"

#include <gtest/gtest.h>

namespace tether::procfs {
namespace {

TEST(Limits, AreSoftAndHardWithAUnit) {
  const auto limits = parse_limits(
      "Limit                     Soft Limit           Hard Limit           Units     \n"
      "Max cpu time              unlimited            unlimited            seconds   \n"
      "Max core file size        0                    unlimited            bytes     \n"
      "Max open files            1024                 1048576              files     \n"
      "Max nice priority         0                    0                    \n");
  ASSERT_TRUE(limits.has_value());
  ASSERT_EQ(limits->size(), 4u);
  EXPECT_EQ((*limits)[0], (Limit{.name = "cpu time", .soft = {}, .hard = {}, .unit = "seconds"}));
  EXPECT_EQ((*limits)[1], (Limit{.name = "core file size", .soft = 0, .hard = {}, .unit = "bytes"}));
  EXPECT_EQ((*limits)[2], (Limit{.name = "open files", .soft = 1024, .hard = 1048576, .unit = "files"}));
  EXPECT_EQ((*limits)[3], (Limit{.name = "nice priority", .soft = 0, .hard = 0, .unit = ""}));
}

TEST(Limits, WhatIsNoneIsLeftOut) {
  EXPECT_FALSE(parse_limits("").has_value());
  EXPECT_FALSE(parse_limits("Max open files            x                    y                    files\n").has_value());
  EXPECT_FALSE(parse_limits("Max open files").has_value());
}

}  // namespace
}  // namespace tether::procfs
