#include "tether/procfs/cgroup.h"

#include <gtest/gtest.h>

namespace tether::procfs {
namespace {

TEST(Cgroup, OneForEachHierarchy) {
  const auto groups =
      parse_cgroups("4:cpu,cpuacct:/a:b\n1:name=systemd:/\n0::/system.slice/x.service\nnonsense\n2:x\n");
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0].hierarchy, 4u);
  EXPECT_EQ(groups[0].controllers, "cpu,cpuacct");
  EXPECT_EQ(groups[0].path, "/a:b");
  EXPECT_EQ(groups[1].controllers, "name=systemd");
  EXPECT_EQ(groups[2].controllers, "");
  EXPECT_EQ(groups[2].path, "/system.slice/x.service");
  EXPECT_TRUE(parse_cgroups("").empty());
}

}  // namespace
}  // namespace tether::procfs
