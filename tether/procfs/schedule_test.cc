#include "tether/procfs/schedule.h"

#include <gtest/gtest.h>

namespace tether::procfs {
namespace {

TEST(Schedule, UseIsTheFirstTwoNumbers) {
  const auto use = parse_schedule_use("123456789 4242 17\n");
  ASSERT_TRUE(use.has_value());
  EXPECT_EQ(use->run_ns, 123456789u);
  EXPECT_EQ(use->wait_ns, 4242u);
  for (const char* bad : {"", "12", "12 ", "x y z"}) EXPECT_FALSE(parse_schedule_use(bad).has_value()) << bad;
}

TEST(Schedule, LastCpuIsFoundBehindAnyName) {
  const auto cpu = parse_last_cpu(
      "42 (a) b (c)) S 1 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 99 1000 10 18446744073709551615 1 1 0 0 0 0 0 0 0 "
      "0 0 0 17 "
      "3 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
  ASSERT_TRUE(cpu.has_value());
  EXPECT_EQ(*cpu, 3u);
  EXPECT_FALSE(parse_last_cpu("42 (name) S 1 2 3").has_value());
  EXPECT_FALSE(parse_last_cpu("").has_value());
}

TEST(Schedule, RunnableTasksAreTheFourthField) {
  EXPECT_EQ(parse_runnable_count("0.04 0.47 0.57 11/131 12078\n").value(), 11u);
  for (const char* bad : {"", "0.04 0.47", "0.04 0.47 0.57 x/131 1"})
    EXPECT_FALSE(parse_runnable_count(bad).has_value()) << bad;
  EXPECT_GE(read_runnable_count().value(), 1u);  // whoever asks runs
}

}  // namespace
}  // namespace tether::procfs
