#include "tether/cli/json_output.h"

#include <gtest/gtest.h>

namespace tether::cli {
namespace {

TEST(JsonOutput, TextIsAStringOnlyIfItIsUtf8) {
  EXPECT_EQ(json_text("abc\x1b[2J").dump(), "\"abc\\u001b[2J\"");
  EXPECT_EQ(json_text("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80").dump(-1, ' ', true), "\"\\u00e9\\u20ac\\ud83d\\ude00\"");
  for (const std::string_view bad : {"\xff", "\xc3", "\xc3x", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80",
                                     "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\x80"})
    EXPECT_TRUE(json_text(bad).is_object());
  EXPECT_EQ(json_text("\xff").dump(), R"({"base64":"/w=="})");
  EXPECT_EQ(json_text("\xff"
                      "a")
                .dump(),
            R"({"base64":"/2E="})");
  EXPECT_EQ(json_text("\xff"
                      "ab")
                .dump(),
            R"({"base64":"/2Fi"})");
}

TEST(JsonOutput, AddressesKeepAllTheirBits) {
  EXPECT_EQ(json_address(RemoteAddr(~0ull)).dump(), "\"0xffffffffffffffff\"");
}

}  // namespace
}  // namespace tether::cli
