#include "tether/control/memory_value.h"

#include <gtest/gtest.h>

namespace tether {
namespace {

std::string bytes_of(std::string_view text, std::size_t word = 8) {
  const auto value = parse_memory_value(text, word);
  return value.has_value() ? format_hex_bytes(value->bytes) : "refused: " + value.error().message;
}

TEST(MemoryValue, Numbers) {
  EXPECT_EQ(bytes_of("u32:42"), "2a 00 00 00");
  EXPECT_EQ(bytes_of("i16:-1,2"), "ff ff 02 00");
  EXPECT_EQ(bytes_of("f32:1"), "00 00 80 3f");
  EXPECT_EQ(bytes_of("ptr:0x10", 4), "10 00 00 00");
  EXPECT_EQ(bytes_of("ptr:0x10", 8), "10 00 00 00 00 00 00 00");
}

TEST(MemoryValue, Texts) {
  EXPECT_EQ(bytes_of("str:a\\n\\0"), "61 0a 00");
  EXPECT_EQ(bytes_of("str:\\x41\\101\\\\"), "41 41 5c");
  EXPECT_EQ(bytes_of("utf16:\xc3\xa4"), "e4 00");
  EXPECT_EQ(bytes_of("utf16:\xf0\x9f\x98\x80"), "3d d8 00 de");  // U+1F600, a surrogate pair
  EXPECT_EQ(bytes_of("wstr:a"), "61 00 00 00");
  EXPECT_EQ(bytes_of("hex:90 90"), "90 90");
  EXPECT_EQ(bytes_of("hex:9090cc"), "90 90 cc");
}

TEST(MemoryValue, WhatIsNoneIsRefused) {
  for (const char* text : {"42", "u32:", "u32:x", "u32:1,", "u8:256", "nothing:1", "hex:9", "hex:9 0", "str:\\q",
                           "str:\\x", "utf16:\xff", "{a:u8}:1", "u32[2]:1", "str:\\777"})
    EXPECT_FALSE(parse_memory_value(text, 8).has_value()) << text;
}

}  // namespace
}  // namespace tether
