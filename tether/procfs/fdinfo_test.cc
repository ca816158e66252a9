#include "tether/procfs/fdinfo.h"

#include <gtest/gtest.h>

namespace tether::procfs {
namespace {

FdInfo parsed(std::string_view special) {
  const auto info = parse_fdinfo("pos:\t42\nflags:\t02004002\nmnt_id:\t15\nino:\t1037\n" + std::string(special));
  EXPECT_TRUE(info.has_value());
  return info.value_or(FdInfo{});
}

TEST(FdInfo, CommonLines) {
  const FdInfo info = parsed("");
  EXPECT_EQ(info.offset, 42u);
  EXPECT_EQ(info.flags, 02004002u);
  EXPECT_EQ(info.mount_id, 15);
  EXPECT_EQ(info.inode, 1037u);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(info.special));
  EXPECT_FALSE(parse_fdinfo("").has_value());
  EXPECT_FALSE(parse_fdinfo("pos:\t1\n").has_value());
}

TEST(FdInfo, EpollTargets) {
  const FdInfo info = parsed(
      "tfd:        5 events:       19 data:     7f0000000005  pos:0 ino:2f3 sdev:9\n"
      "tfd:       12 events: 80000001 data:                c  pos:1 ino:a sdev:fd00001\n");
  const auto& targets = std::get<EpollInfo>(info.special).targets;
  ASSERT_EQ(targets.size(), 2u);
  EXPECT_EQ(targets[0].fd, Fd(5));
  EXPECT_EQ(targets[0].events, 0x19u);
  EXPECT_EQ(targets[0].data, 0x7f0000000005u);
  EXPECT_EQ(targets[0].inode, 0x2f3u);
  EXPECT_EQ(targets[1].fd, Fd(12));
  EXPECT_EQ(targets[1].events, 0x80000001u);
  EXPECT_EQ(targets[1].device, 0xfd00001u);
  EXPECT_EQ(info.offset, 42u) << "pos: within a target's line is the target's";
}

TEST(FdInfo, InotifyWatches) {
  const FdInfo info = parsed("inotify wd:1a ino:2f sdev:fd00001 mask:fce ignored_mask:0 fhandle-bytes:8\n");
  const auto& watches = std::get<InotifyInfo>(info.special).watches;
  ASSERT_EQ(watches.size(), 1u);
  EXPECT_EQ(watches[0].descriptor, 0x1a);
  EXPECT_EQ(watches[0].inode, 0x2fu);
  EXPECT_EQ(watches[0].mask, 0xfceu);
}

TEST(FdInfo, OtherSpecialFiles) {
  EXPECT_EQ(std::get<EventFdInfo>(parsed("eventfd-count:               1f\neventfd-id: 3\n").special).count, 0x1fu);
  EXPECT_EQ(std::get<SignalFdInfo>(parsed("sigmask:\t0000000000000006\n").special).mask, 6u);
  EXPECT_EQ(std::get<PidFdInfo>(parsed("Pid:\t77\nNSpid:\t77\n").special).pid, 77);
  EXPECT_EQ(std::get<PidFdInfo>(parsed("Pid:\t-1\nNSpid:\t-1\n").special).pid, -1);
  EXPECT_EQ(std::get<TerminalMasterInfo>(parsed("tty-index:\t4\n").special).index, 4u);
  const FdInfo info =
      parsed("clockid: 1\nticks: 2\nsettime flags: 01\nit_value: (7, 999950000)\nit_interval: (0, 5)\n");
  const auto& timer = std::get<TimerFdInfo>(info.special);
  EXPECT_EQ(timer.clock, 1);
  EXPECT_EQ(timer.ticks, 2u);
  EXPECT_EQ(timer.remaining_ns, 7'999'950'000u);
  EXPECT_EQ(timer.interval_ns, 5u);
}

TEST(OpenFlags, AreNamedByTheKernelsNumbers) {
  EXPECT_EQ(open_flag_names(0), "");
  EXPECT_EQ(open_flag_names(02106001), "O_APPEND|O_NONBLOCK");
  EXPECT_EQ(open_flag_names(04010000), "O_SYNC");
  EXPECT_EQ(open_flag_names(010000), "O_DSYNC");
  EXPECT_EQ(open_flag_names(0200000), "O_DIRECTORY");
  EXPECT_EQ(open_flag_names(0100000000), "0100000000");
  EXPECT_EQ(access_mode_name(02), "rw");
  EXPECT_EQ(access_mode_name(01), "w");
  EXPECT_EQ(access_mode_name(0), "r");
  EXPECT_EQ(access_mode_name(010000000), "-");
  EXPECT_TRUE(has_cloexec(02000000));
  EXPECT_FALSE(has_cloexec(0));
}

}  // namespace
}  // namespace tether::procfs
