#include "tether/cli/break_actions.h"

#include <gtest/gtest.h>

namespace tether::cli {
namespace {

using ActionKind = BreakAction::Kind;

TEST(ParseBreakAction, KnowsItsNames) {
  EXPECT_EQ(parse_break_action("print")->kind, ActionKind::Print);
  EXPECT_EQ(parse_break_action("count")->kind, ActionKind::Count);
  EXPECT_EQ(parse_break_action("backtrace")->kind, ActionKind::Backtrace);
  EXPECT_EQ(parse_break_action("regs")->kind, ActionKind::Registers);
  EXPECT_EQ(parse_break_action("stop")->kind, ActionKind::Stop);
}

TEST(ParseBreakAction, RefusesOthersWithWhatMayBeMeant) {
  const auto refused = parse_break_action("cuont");
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find("count"), std::string::npos);
  EXPECT_FALSE(parse_break_action("count 3").has_value());
  EXPECT_FALSE(parse_break_action("log").has_value());
  EXPECT_FALSE(parse_break_action("run").has_value());
}

TEST(ParseBreakAction, RunHasWords) {
  const auto run = parse_break_action("run mem  read {pid} rsp");
  ASSERT_TRUE(run.has_value());
  EXPECT_EQ(run->words, (std::vector<std::string>{"mem", "read", "{pid}", "rsp"}));
}

TEST(ParseLogTemplate, HoldsTextAndValues) {
  const auto log = parse_log_template("size {rdi} name {str[rsi+8]} {{}}");
  ASSERT_TRUE(log.has_value());
  ASSERT_EQ(log->parts.size(), 3u);
  EXPECT_EQ(log->parts[0].text, "size ");
  EXPECT_EQ(log->parts[0].value->text(), "rdi");
  EXPECT_FALSE(log->parts[0].is_string);
  EXPECT_EQ(log->parts[1].value->text(), "rsi+8");
  EXPECT_TRUE(log->parts[1].is_string);
  EXPECT_EQ(log->parts[2].text, " {}");
  EXPECT_FALSE(log->parts[2].value.has_value());
}

TEST(ParseLogTemplate, RefusesWhatIsNotBalanced) {
  EXPECT_FALSE(parse_log_template("size {rdi").has_value());
  EXPECT_FALSE(parse_log_template("size rdi}").has_value());
  EXPECT_FALSE(parse_log_template("size {rdi +}").has_value());
}

}  // namespace
}  // namespace tether::cli
