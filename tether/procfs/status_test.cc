#include "tether/procfs/status.h"

#include <gtest/gtest.h>

namespace tether::procfs {
namespace {

constexpr std::string_view kStatusText =
    "Name:\ta b\\\\c\n"
    "Umask:\t0022\n"
    "State:\tt (tracing stop)\n"
    "Tgid:\t4242\n"
    "Ngid:\t0\n"
    "Pid:\t4243\n"
    "PPid:\t1\n"
    "TracerPid:\t99\n"
    "Uid:\t1000\t1001\t1002\t1003\n"
    "Gid:\t100\t101\t102\t103\n"
    "Groups:\t4 24 27 \n"
    "VmPeak:\t   30 kB\n"
    "VmSize:\t   20 kB\n"
    "VmHWM:\t   12 kB\n"
    "VmRSS:\t   10 kB\n"
    "RssAnon:\t    5 kB\n"
    "RssFile:\t    3 kB\n"
    "RssShmem:\t    2 kB\n"
    "VmSwap:\t    1 kB\n"
    "Threads:\t3\n"
    "NSpid:\t4243\t7\t1\n"
    "SigPnd:\t0000000000000001\n"
    "ShdPnd:\t0000000000000002\n"
    "SigBlk:\tfffffffe7ffbfeff\n"
    "SigIgn:\t0000000000001000\n"
    "SigCgt:\t0000000180000002\n"
    "CapEff:\t000001ffffffffff\n"
    "CapBnd:\t0000000000000003\n"
    "NoNewPrivs:\t1\n"
    "Seccomp:\t2\n"
    "Seccomp_filters:\t1\n"
    "voluntary_ctxt_switches:\t150\n"
    "nonvoluntary_ctxt_switches:\t545\n";

TEST(Status, ReadsItsLines) {
  const auto status = parse_status(kStatusText);
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(status->state, 't');
  EXPECT_EQ(status->thread_group, Pid(4242));
  EXPECT_EQ(status->parent, Pid(1));
  EXPECT_EQ(status->tracer, Tid(99));
  EXPECT_EQ(status->uid, 1000u);
  EXPECT_EQ(status->effective_uid, 1001u);
  EXPECT_EQ(status->threads, 3u);
  EXPECT_EQ(status->namespace_ids, (std::vector<std::int32_t>{4243, 7, 1}));
  EXPECT_EQ(status->signals_pending, 1u);
  EXPECT_EQ(status->signals_blocked, 0xfffffffe7ffbfeffu);
  EXPECT_EQ(status->signals_ignored, 0x1000u);
  EXPECT_EQ(status->signals_caught, 0x180000002u);
  EXPECT_EQ(status->effective_capabilities, 0x1ffffffffffu);
  EXPECT_EQ(status->no_new_privs, 1);
  EXPECT_EQ(status->seccomp_mode, 2);
  EXPECT_EQ(status->saved_uid, 1002u);
  EXPECT_EQ(status->gid, 100u);
  EXPECT_EQ(status->effective_gid, 101u);
  EXPECT_EQ(status->saved_gid, 102u);
  EXPECT_EQ(status->groups, (std::vector<std::uint32_t>{4, 24, 27}));
  EXPECT_EQ(status->umask, 022u);
  EXPECT_EQ(status->memory.virtual_peak, 30u << 10);
  EXPECT_EQ(status->memory.virtual_size, 20u << 10);
  EXPECT_EQ(status->memory.resident_peak, 12u << 10);
  EXPECT_EQ(status->memory.resident, 10u << 10);
  EXPECT_EQ(status->memory.resident_anonymous, 5u << 10);
  EXPECT_EQ(status->memory.resident_file, 3u << 10);
  EXPECT_EQ(status->memory.resident_shared, 2u << 10);
  EXPECT_EQ(status->memory.swapped, 1u << 10);
  EXPECT_EQ(status->signals_pending_process, 2u);
  EXPECT_EQ(status->bounding_capabilities, 3u);
  EXPECT_EQ(status->seccomp_filters, 1u);
  EXPECT_EQ(status->voluntary_switches, 150u);
  EXPECT_EQ(status->involuntary_switches, 545u);
}

TEST(Status, CutAnywhereItNeverCrashesAndWantsATgid) {
  EXPECT_EQ(parse_status("").error().code, ErrorCode::Malformed);
  for (std::size_t length = 0; length < kStatusText.size(); ++length) {
    const auto status = parse_status(kStatusText.substr(0, length));
    if (status.has_value()) {
      EXPECT_NE(status->thread_group.value, 0);
    }
  }
}

}  // namespace
}  // namespace tether::procfs
