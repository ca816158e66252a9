#include "tether/base/capability_name.h"

#include <gtest/gtest.h>

namespace tether {
namespace {

TEST(CapabilityName, AllHaveOne) {
  EXPECT_EQ(find_capability_name(0), "CAP_CHOWN");
  EXPECT_EQ(find_capability_name(19), "CAP_SYS_PTRACE");
  for (unsigned number = 0; number < capability_count(); ++number)
    EXPECT_FALSE(find_capability_name(number).empty()) << number;
  EXPECT_EQ(find_capability_name(capability_count()), "");
}

}  // namespace
}  // namespace tether
