#include "tether/filter/expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tether {
namespace {

using ::testing::ElementsAre;

TEST(Expression, KnowsEveryQualifierByAllItsNames) {
  const std::pair<std::vector<std::string>, Qualifier> expected[] = {
      {{"trace", "t"}, Qualifier::Trace},
      {{"abbrev", "a"}, Qualifier::Abbrev},
      {{"verbose", "v"}, Qualifier::Verbose},
      {{"raw", "x"}, Qualifier::Raw},
      {{"signal", "signals", "s"}, Qualifier::Signal},
      {{"status"}, Qualifier::Status},
      {{"quiet", "silent", "silence", "q"}, Qualifier::Quiet},
      {{"fd", "fds", "trace-fd", "trace-fds"}, Qualifier::Fd},
      {{"decode-fds", "decode-fd"}, Qualifier::DecodeFds},
      {{"decode-pids", "decode-pid"}, Qualifier::DecodePids},
  };
  for (const auto& [names, qualifier] : expected) {
    for (const std::string& name : names) {
      const std::string text = name + "=!a,b";
      const auto parsed = parse_expression(text);
      ASSERT_TRUE(parsed.has_value()) << text;
      EXPECT_EQ(parsed->qualifier, qualifier) << text;
      EXPECT_EQ(parsed->set, "!a,b") << text;
    }
  }
}

TEST(Expression, IsTraceWithoutAQualifier) {
  const auto parsed = parse_expression("openat,close");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->qualifier, Qualifier::Trace);
  EXPECT_EQ(parsed->set, "openat,close");
}

TEST(Expression, NamesTheQualifierThatIsWrong) {
  const auto misspelt = parse_expression("trase=open");
  ASSERT_FALSE(misspelt.has_value());
  EXPECT_EQ(misspelt.error().code, ErrorCode::Malformed);
  EXPECT_EQ(misspelt.error().message, "no qualifier 'trase': did you mean 'trace'?");
  for (const std::string name : {"inject", "fault", "kvm"}) {
    const auto lacking = parse_expression(name + "=1");
    ASSERT_FALSE(lacking.has_value()) << name;
    EXPECT_EQ(lacking.error().code, ErrorCode::Unsupported) << name;
  }
}

TEST(SetText, SplitsAtCommasAndCountsExclamationMarks) {
  const auto set = parse_set_text("a,,b,");
  ASSERT_TRUE(set.has_value());
  EXPECT_FALSE(set->is_negated);
  EXPECT_THAT(set->values, ElementsAre("a", "b"));
  EXPECT_TRUE(parse_set_text("!a")->is_negated);
  EXPECT_FALSE(parse_set_text("!!a")->is_negated);
  for (const std::string_view empty : {"", ",", "!", "!,,"}) EXPECT_FALSE(parse_set_text(empty).has_value()) << empty;
}

TEST(WordSet, IsMadeOfItsWords) {
  const std::vector<Word> words{{"one", 1}, {"two", 2}, {"second", 2}, {"three", 4}};
  const auto bits = [&](std::string_view text) { return parse_word_set(text, words, "number").value(); };
  EXPECT_EQ(bits("one"), 1u);
  EXPECT_EQ(bits("two,three"), 6u);
  EXPECT_EQ(bits("second"), 2u);
  EXPECT_EQ(bits("!one"), 6u);
  EXPECT_EQ(bits("all"), 7u);
  EXPECT_EQ(bits("none"), 0u);
  EXPECT_EQ(bits("!all"), 0u);
  EXPECT_EQ(bits("!none"), 7u);
  const auto wrong = parse_word_set("one,tow", words, "number");
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().message, "no number 'tow': did you mean 'two'?");
  EXPECT_EQ(wrong.error().hint, "there are one, two, second, three, all and none");
}

TEST(DescriptorSet, IsAListOfNumbersOrAllOthers) {
  const auto has = [](std::string_view set, std::int32_t fd) {
    return parse_descriptor_set(set).value().contains(Fd(fd));
  };
  for (const std::string_view with_15 : {"3,15", "!3,4", "all", "!none"}) EXPECT_TRUE(has(with_15, 15)) << with_15;
  for (const std::string_view without : {"3,14", "!3,15", "none", "!all"}) EXPECT_FALSE(has(without, 15)) << without;
  EXPECT_TRUE(parse_descriptor_set("none").value().is_none());
  for (const std::string_view wrong : {"", "!", "x", "3x", "-1", "3,none", "99999999999"})
    EXPECT_FALSE(parse_descriptor_set(wrong).has_value()) << wrong;
}

}  // namespace
}  // namespace tether
