#include "tether/control/memory_ranges.h"

#include <gtest/gtest.h>

namespace tether {
namespace {

constexpr std::string_view kMaps =
    "00400000-00402000 r-xp 00000000 08:01 12 /usr/bin/prog\n"
    "00402000-00403000 rw-p 00002000 08:01 12 /usr/bin/prog\n"
    "01000000-01021000 rw-p 00000000 00:00 0 [heap]\n"
    "7f0000000000-7f0000010000 ---p 00000000 00:00 0 \n"
    "7f0000010000-7f0000020000 rw-p 00000000 00:00 0 \n"
    "7f0000020000-7f0000030000 rw-s 00000000 00:01 99 /dev/shm/x\n"
    "7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0 [stack]\n"
    "7ffc00030000-7ffc00034000 r--p 00000000 00:00 0 [vvar]\n";

std::vector<MemoryRange> select(const std::vector<std::string>& words) {
  const auto maps = procfs::parse_maps(kMaps);
  EXPECT_TRUE(maps.has_value());
  const auto ranges = select_ranges(*maps, words);
  return ranges.has_value() ? *ranges : std::vector<MemoryRange>();
}

TEST(MemoryRanges, WithoutWordsAllThatCanBeRead) {
  EXPECT_EQ(select({}).size(), 6U);  // neither ---p nor [vvar]
}

TEST(MemoryRanges, ByWhatTheyAre) {
  EXPECT_EQ(select({"heap"}).front().start, RemoteAddr(0x1000000));
  EXPECT_EQ(select({"stack"}).size(), 1U);
  EXPECT_EQ(select({"anon"}).size(), 3U);
  EXPECT_EQ(select({"writable"}).size(), 5U);
  EXPECT_EQ(select({"prog"}).size(), 2U);
  EXPECT_EQ(select({"/usr/bin/prog"}).size(), 2U);
  EXPECT_TRUE(select({"heap"}).front().is_private_anonymous);
  EXPECT_FALSE(select({"x"}).front().is_private_anonymous);
}

TEST(MemoryRanges, BySpansThatAreCutAndJoined) {
  const auto one = select({"0x400800-0x402800"});
  ASSERT_EQ(one.size(), 2U);
  EXPECT_EQ(one[0].start, RemoteAddr(0x400800));
  EXPECT_EQ(one[1].end, RemoteAddr(0x402800));
  const auto overlapping = select({"0x400000+4k", "0x400800+4k"});
  ASSERT_EQ(overlapping.size(), 2U);
  EXPECT_EQ(overlapping[1].start, RemoteAddr(0x401000));
}

TEST(MemoryRanges, WhatIsNotThereIsRefused) {
  EXPECT_TRUE(select({"nosuch"}).empty());
  EXPECT_TRUE(select({"0x10-0x20"}).empty());
  EXPECT_TRUE(select({""}).empty());
}

TEST(MemoryRanges, Spans) {
  EXPECT_EQ(parse_span("0x1000-0x2000")->size(), 0x1000U);
  EXPECT_EQ(parse_span("1000+64k")->start, RemoteAddr(0x1000));
  EXPECT_EQ(parse_span("1000+64k")->size(), 65536U);
  for (const char* text : {"", "1000", "2000-1000", "1000+", "1000+0", "-5", "x-y", "ffffffffffffffff+2"})
    EXPECT_FALSE(parse_span(text).has_value()) << text;
}

}  // namespace
}  // namespace tether
