#include "tether/control/value_type.h"

#include <gtest/gtest.h>

namespace tether {
namespace {

ValueType type_of(std::string_view text, std::size_t word = 8) {
  auto type = parse_value_type(text, word);
  EXPECT_TRUE(type.has_value()) << text << ": " << (type.has_value() ? "" : type.error().message);
  return type.value_or(ValueType{});
}

TEST(ValueType, NumbersHaveTheirWidth) {
  EXPECT_EQ(size_of(type_of("u8")), 1U);
  EXPECT_EQ(size_of(type_of("i16[3]")), 6U);
  EXPECT_EQ(size_of(type_of("f64")), 8U);
  EXPECT_EQ(size_of(type_of("ptr", 8)), 8U);
  EXPECT_EQ(size_of(type_of("ptr", 4)), 4U);
  EXPECT_EQ(size_of(type_of("str[16]")), 16U);
  EXPECT_EQ(size_of(type_of("wstr[4]")), 16U);
  EXPECT_EQ(size_of(type_of("str")), std::nullopt);
}

TEST(ValueType, StructuresAreLaidOutAsCDoes) {
  const ValueType type = type_of("{a:u8, b:u32, c:u8, d:u64}");
  ASSERT_EQ(type.fields.size(), 4U);
  EXPECT_EQ(type.fields[1].offset, 4U);
  EXPECT_EQ(type.fields[3].offset, 16U);
  EXPECT_EQ(size_of(type), 24U);
  // System V ABI for i386: 64-bit numbers are aligned to 4.
  EXPECT_EQ(size_of(type_of("{a:u8, b:u32, c:u8, d:u64}", 4)), 20U);
  EXPECT_EQ(size_of(type_of("packed{a:u8,b:u32}")), 5U);
  EXPECT_EQ(size_of(type_of("{a:u8,b:{c:u16,d:u8}[2]}[3]")), 30U);
}

TEST(ValueType, WhatIsNoneIsRefusedWithItsPlace) {
  for (const char* text : {"", "u7", "u32[", "u32[0]", "u32[x]", "u32]", "{}", "{a}", "{a:str}", "{a:u8", "{a:u8,}",
                           "u8 u8", "u32[99999999999]"}) {
    const auto type = parse_value_type(text, 8);
    ASSERT_FALSE(type.has_value()) << text;
    EXPECT_EQ(type.error().code, ErrorCode::Malformed);
    EXPECT_NE(type.error().message.find("at character"), std::string::npos);
  }
}

TEST(ValueType, NumbersMustFit) {
  EXPECT_TRUE(parse_number("255", type_of("u8")).has_value());
  EXPECT_FALSE(parse_number("256", type_of("u8")).has_value());
  EXPECT_TRUE(parse_number("-128", type_of("i8")).has_value());
  EXPECT_FALSE(parse_number("-129", type_of("i8")).has_value());
  EXPECT_FALSE(parse_number("128", type_of("i8")).has_value());
  EXPECT_FALSE(parse_number("-1", type_of("u32")).has_value());
  EXPECT_TRUE(parse_number("-9223372036854775808", type_of("i64")).has_value());
  EXPECT_FALSE(parse_number("9223372036854775808", type_of("i64")).has_value());
  EXPECT_TRUE(parse_number("18446744073709551615", type_of("u64")).has_value());
  EXPECT_FALSE(parse_number("18446744073709551616", type_of("u64")).has_value());
  EXPECT_FALSE(parse_number("", type_of("u8")).has_value());
  EXPECT_FALSE(parse_number("3x", type_of("u8")).has_value());
}

TEST(ValueType, NumbersComeBackAsTheyWere) {
  const std::pair<const char*, const char*> kCases[] = {
      {"u8", "200"},       {"i8", "-5"}, {"u64", "18446744073709551615"}, {"f32", "3.14"}, {"f64", "1e+300"},
      {"ptr", "0x7f0012"}, {"i64", "-1"}};
  for (const auto& [name, text] : kCases) {
    const ValueType type = type_of(name);
    const auto number = parse_number(text, type);
    ASSERT_TRUE(number.has_value()) << text;
    const Bytes bytes = bytes_of(*number, type);
    EXPECT_EQ(bytes.size(), type.width);
    EXPECT_EQ(format_number(read_number(type, bytes.data())), text);
  }
}

TEST(ValueType, OrderIsThatOfTheKind) {
  const ValueType i8 = type_of("i8");
  EXPECT_LT(compare(*parse_number("-1", i8), *parse_number("1", i8)), 0);
  const ValueType u8 = type_of("u8");
  EXPECT_GT(compare(*parse_number("255", u8), *parse_number("1", u8)), 0);
}

}  // namespace
}  // namespace tether
