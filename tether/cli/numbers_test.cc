#include "tether/cli/numbers.h"

#include <gtest/gtest.h>

namespace tether::cli {
namespace {

TEST(Count, TakesUnitsAndHex) {
  const auto count = [](std::string_view text) { return parse_count(text, "-s", 1u << 30).value(); };
  EXPECT_EQ(count("0"), 0u);
  EXPECT_EQ(count("200"), 200u);
  EXPECT_EQ(count("0xc8"), 200u);
  EXPECT_EQ(count("64k"), 65536u);
  EXPECT_EQ(count("2M"), 2u << 20);
  EXPECT_EQ(count("1024M"), 1u << 30);
  for (const std::string_view wrong : {"", "k", "-1", "1.5", "3k3", "0x", "1025M", "99999999999999999999"})
    EXPECT_FALSE(parse_count(wrong, "-s", 1u << 30).has_value()) << wrong;
  EXPECT_EQ(parse_count("x", "-s", 9).error().message, "-s: 'x' is no number from 0 to 9");
}

TEST(Duration, TakesUnits) {
  const auto duration = [](std::string_view text) { return parse_duration_ns(text, "-O", "us").value(); };
  EXPECT_EQ(duration("20"), 20'000u) << "microseconds";
  EXPECT_EQ(parse_duration_ns("0.5", "--timeout", "s").value(), 500'000'000u);
  EXPECT_EQ(duration("1.5ms"), 1'500'000u);
  EXPECT_EQ(duration("300ns"), 300u);
  EXPECT_EQ(duration("2s"), 2'000'000'000u);
  for (const std::string_view wrong : {"", "s", "-1", "1h", "1 s", "1e30"})
    EXPECT_FALSE(parse_duration_ns(wrong, "-O", "us").has_value()) << wrong;
}

TEST(Precision, IsAUnit) {
  EXPECT_EQ(parse_precision("ms", "-r").value(), TimePrecision::Milliseconds);
  EXPECT_FALSE(parse_precision("min", "-r").has_value());
}

}  // namespace
}  // namespace tether::cli
