#include "tools/desc/lexer.h"

#include <gtest/gtest.h>

namespace tether::desc {
namespace {

std::string shown(const std::string& text) {
  Diagnostics diagnostics;
  std::string out;
  for (const Token& token : lex("t.desc", text, diagnostics)) out += (out.empty() ? "" : " ") + token.text;
  for (const std::string& message : diagnostics.messages()) out += message;
  return out;
}

TEST(Lexer, NamesMayHoldPatternsAndDigits) {
  EXPECT_EQ(shown("O_* s8 *_MAGIC"), "O_* s8 *_MAGIC ");
}

TEST(Lexer, ReadsTheLongestMark) {
  EXPECT_EQ(shown("a<<b<=c...->=="), "a << b <= c ... -> == ");
}

TEST(Lexer, CommentsEndWithTheirLine) {
  EXPECT_EQ(shown("a # b\nc#"), "a c ");
}

TEST(Lexer, TellsHeadersFromComparisons) {
  Diagnostics diagnostics;
  const auto tokens = lex("t.desc", "from <linux/fs.h> a <b", diagnostics);
  EXPECT_EQ(tokens[1].kind, Token::Kind::Header);
  EXPECT_EQ(tokens[1].text, "linux/fs.h");
  EXPECT_EQ(tokens[3].text, "<");
}

TEST(Lexer, NumbersAreDecimalHexadecimalOrOctal) {
  Diagnostics diagnostics;
  const auto tokens = lex("t.desc", "26 0x1A 0644 0 18446744073709551615", diagnostics);
  ASSERT_TRUE(diagnostics.empty());
  EXPECT_EQ(tokens[0].number, 26u);
  EXPECT_EQ(tokens[1].number, 26u);
  EXPECT_EQ(tokens[2].number, 420u);
  EXPECT_EQ(tokens[3].number, 0u);
  EXPECT_EQ(tokens[4].number, ~0ull);
}

TEST(Lexer, KnowsLinesAndWhatBeginsThem) {
  Diagnostics diagnostics;
  const auto tokens = lex("t.desc", "a b\n  c", diagnostics);
  EXPECT_TRUE(tokens[0].first_on_line);
  EXPECT_FALSE(tokens[1].first_on_line);
  EXPECT_TRUE(tokens[2].first_on_line);
  EXPECT_EQ(tokens[2].line, 2);
  EXPECT_EQ(tokens[2].column, 3);
  EXPECT_EQ(tokens.back().kind, Token::Kind::End);
}

std::string first_message(const std::string& text) {
  Diagnostics diagnostics;
  lex("t.desc", text, diagnostics);
  return diagnostics.empty() ? "" : diagnostics.messages().front();
}

TEST(LexerErrors, SayWhatIsNoToken) {
  EXPECT_EQ(first_message("a\n @"), "t.desc:2: '@' has no meaning in this language");
  EXPECT_EQ(first_message("\x01"), "t.desc:1: '\\x01' has no meaning in this language");
  EXPECT_EQ(first_message("0x"), "t.desc:1: '0x' is no number: write 420, 0x1a4 or 0644, of at most 64 bits");
  EXPECT_EQ(first_message("12ab"), "t.desc:1: '12ab' is no number: write 420, 0x1a4 or 0644, of at most 64 bits");
  EXPECT_EQ(first_message("99999999999999999999"),
            "t.desc:1: '99999999999999999999' is no number: write 420, 0x1a4 or 0644, of at most 64 bits");
  EXPECT_EQ(first_message("be16(\"htons)\n"), "t.desc:1: this string has no closing quote on its line");
}

}  // namespace
}  // namespace tether::desc
