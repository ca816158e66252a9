#include "tether/procfs/mount_options.h"

#include <gtest/gtest.h>

namespace tether::procfs {
namespace {

TEST(ProcMountOption, IsThatOfTheUppermostMount) {
  constexpr std::string_view kMounts =
      "sysfs /sys sysfs rw,hidepid=9 0 0\n"
      "proc /proc proc rw,nosuid,hidepid=invisible,gid=4 0 0\n";
  EXPECT_EQ(parse_proc_mount_option(kMounts, "hidepid"), "invisible");
  EXPECT_EQ(parse_proc_mount_option(kMounts, "gid"), "4");
  EXPECT_EQ(parse_proc_mount_option(kMounts, "nosuid"), "");
  EXPECT_EQ(parse_proc_mount_option(kMounts, "subset"), "");
  EXPECT_EQ(parse_proc_mount_option(std::string(kMounts) + "proc /proc proc rw 0 0", "hidepid"), "");
  EXPECT_EQ(parse_proc_mount_option("", "hidepid"), "");
  EXPECT_EQ(parse_proc_mount_option("proc /proc", "hidepid"), "");
}

}  // namespace
}  // namespace tether::procfs
