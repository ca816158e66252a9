#include "tether/base/nearest_name.h"

#include <gtest/gtest.h>

namespace tether {
namespace {

TEST(NearestName, FindsWhatAFewSlipsTurnedIntoTheWord) {
  const std::vector<std::string_view> names{"open", "openat", "close", "read", "pread64"};
  EXPECT_EQ(find_nearest_name("opne", names), "open");
  EXPECT_EQ(find_nearest_name("opnat", names), "openat");
  EXPECT_EQ(find_nearest_name("clsoe", names), "close");
  EXPECT_EQ(find_nearest_name("rea", names), "read");
  EXPECT_EQ(find_nearest_name("pread", names), "read");
}

TEST(NearestName, DoesNotGuessWildly) {
  const std::vector<std::string_view> names{"open", "close"};
  EXPECT_EQ(find_nearest_name("frobnicate", names), "");
  EXPECT_EQ(find_nearest_name("xy", names), "");
  EXPECT_EQ(find_nearest_name("", names), "");
  EXPECT_EQ(did_you_mean("frobnicate", names), "");
  EXPECT_EQ(did_you_mean("opne", names), ": did you mean 'open'?");
}

}  // namespace
}  // namespace tether
