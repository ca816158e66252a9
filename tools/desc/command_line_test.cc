#include "tools/desc/command_line.h"

#include <gtest/gtest.h>

#include <vector>

namespace tether::desc {
namespace {

Result<CommandLine> parsed(const std::vector<std::string_view>& arguments) {
  return parse_command_line(arguments);
}

TEST(CommandLine, HasDefaults) {
  const auto line = parsed({"check"});
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->command, Command::Check);
  EXPECT_EQ(line->facts, "facts");
  EXPECT_EQ(line->descriptions, "descriptions");
}

TEST(CommandLine, TakesDirectories) {
  const auto line = parsed({"compile", "--facts", "a", "--descriptions", "b", "--output", "c"});
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->facts, "a");
  EXPECT_EQ(line->descriptions, "b");
  EXPECT_EQ(line->output, "c");
}

TEST(CommandLine, AuditsAllUnlessToldWhat) {
  const auto all = parsed({"audit"});
  EXPECT_TRUE(all->wants_calls && all->wants_constants && all->wants_ioctls);
  const auto one = parsed({"audit", "--ioctls"});
  EXPECT_FALSE(one->wants_calls || one->wants_constants);
  EXPECT_TRUE(one->wants_ioctls);
}

TEST(CommandLine, HelpGoesBeforeMistakes) {
  EXPECT_EQ(parsed({"nonsense", "--help"})->command, Command::Help);
}

TEST(CommandLineErrors, SayWhatIsWrong) {
  EXPECT_EQ(parsed({}).error().message, "no command");
  EXPECT_EQ(parsed({"chek"}).error().message, "no command 'chek'");
  EXPECT_EQ(parsed({"check", "--calls"}).error().message, "check has no option '--calls'");
  EXPECT_EQ(parsed({"audit", "--output", "x"}).error().message, "audit has no option '--output'");
  EXPECT_EQ(parsed({"check", "--facts"}).error().message, "--facts needs a directory");
  EXPECT_EQ(parsed({"compile"}).error().message, "compile needs --output DIR");
  EXPECT_EQ(parsed({}).error().hint, "tether-desc --help lists commands and options");
}

}  // namespace
}  // namespace tether::desc
