#include "tether/cli/target.h"

#include <gtest/gtest.h>

namespace tether::cli {
namespace {

TEST(Target, IsAProcessOrOneOfItsThreads) {
  const auto process = parse_target("4242");
  ASSERT_TRUE(process.has_value());
  EXPECT_EQ(process->pid, Pid(4242));
  EXPECT_FALSE(process->thread.has_value());
  EXPECT_EQ(process->task(), Tid(4242));

  const auto thread = parse_target("4242:4243");
  ASSERT_TRUE(thread.has_value());
  EXPECT_EQ(thread->pid, Pid(4242));
  EXPECT_EQ(thread->task(), Tid(4243));
}

TEST(Target, AnythingElseIsMalformed) {
  for (const char* text : {"", "0", "-1", "x", "12x", "12:", ":12", "12:x", "12:0", "12:13:14", " 12", "99999999999"}) {
    const auto target = parse_target(text);
    ASSERT_FALSE(target.has_value()) << text;
    EXPECT_EQ(target.error().code, ErrorCode::Malformed) << text;
    EXPECT_FALSE(target.error().hint.empty()) << text;
  }
}

TEST(Target, NameMustMeanOneProcess) {
  EXPECT_EQ(*choose_candidate("a", {{.pid = Pid(7), .command = "a -x"}}), Pid(7));

  const auto none = choose_candidate("a", {});
  EXPECT_EQ(none.error().code, ErrorCode::NotFound);
  EXPECT_EQ(none.error().message, "no process is called 'a'");

  const auto several = choose_candidate("a", {{.pid = Pid(7), .command = "a -x"}, {.pid = Pid(8), .command = "[a]"}});
  EXPECT_EQ(several.error().code, ErrorCode::Malformed);
  EXPECT_EQ(several.error().message, "2 processes are called 'a'");
  EXPECT_EQ(several.error().hint, "give the id of one of them: 7 (a -x), 8 ([a])");
}

TEST(Target, LongListsOfCandidatesAreCut) {
  const std::vector<Candidate> many(10, {.pid = Pid(7), .command = std::string(50, 'c')});
  const auto chosen = choose_candidate("a", many);
  EXPECT_TRUE(chosen.error().hint.ends_with(", and 2 more")) << chosen.error().hint;
  EXPECT_NE(chosen.error().hint.find("7 (" + std::string(40, 'c') + "...)"), std::string::npos);
}

TEST(Target, WordsBehindATargetAreLeft) {
  const auto none = take_target(std::nullopt, {});
  EXPECT_EQ(none.error().code, ErrorCode::Malformed);
}

}  // namespace
}  // namespace tether::cli
