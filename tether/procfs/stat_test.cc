#include "tether/procfs/stat.h"

#include <gtest/gtest.h>

namespace tether::procfs {
namespace {

constexpr std::string_view kStatText =
    "42 (a) b (c)) S 1 40 39 34816 41 4194560 1 0 0 0 120 30 0 0 20 -5 3 0 9900 1000 10 18446744073709551615 1 1 0 0 0 "
    "0 0 0 0 0 0 0 17 3 7 2 0 0 0 0 0 0 0 0 0 0 0\n";

TEST(Stat, FieldsAreCountedBehindAnyName) {
  const auto stat = parse_stat(kStatText);
  ASSERT_TRUE(stat.has_value());
  EXPECT_EQ(stat->tid, Tid(42));
  EXPECT_EQ(stat->name, "a) b (c)");
  EXPECT_EQ(stat->state, 'S');
  EXPECT_EQ(stat->parent, Pid(1));
  EXPECT_EQ(stat->process_group, 40);
  EXPECT_EQ(stat->session, 39);
  EXPECT_EQ(stat->terminal_device, 34816u);
  EXPECT_EQ(stat->foreground_group, 41);
  EXPECT_EQ(stat->flags, 4194560u);
  EXPECT_EQ(stat->user_ticks, 120u);
  EXPECT_EQ(stat->system_ticks, 30u);
  EXPECT_EQ(stat->priority, 20);
  EXPECT_EQ(stat->nice, -5);
  EXPECT_EQ(stat->threads, 3u);
  EXPECT_EQ(stat->start_ticks, 9900u);
  EXPECT_EQ(stat->last_cpu, 3u);
  EXPECT_EQ(stat->realtime_priority, 7u);
  EXPECT_EQ(stat->policy, 2u);
}

TEST(Stat, CutBeforeItsLastNeededFieldIsMalformed) {
  const std::size_t policy = kStatText.find(" 2 0 0 0");
  for (std::size_t length = 0; length <= policy; ++length)
    EXPECT_EQ(parse_stat(kStatText.substr(0, length)).error().code, ErrorCode::Malformed) << length;
  EXPECT_TRUE(parse_stat(kStatText.substr(0, policy + 2)).has_value());
  EXPECT_FALSE(parse_stat(")(").has_value());
}

}  // namespace
}  // namespace tether::procfs
