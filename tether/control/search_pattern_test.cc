// The notation of patterns, and that the quick loops find what the slow definition says, wherever it lies.

#include "tether/control/search_pattern.h"

#include <gtest/gtest.h>

#include <cstring>

#include "tether/control/internal/search_kernels.h"

namespace tether {
namespace {

using internal::kBlockSize;

SearchPattern pattern_of(std::string_view text) {
  auto pattern = parse_search_pattern(text, 8);
  EXPECT_TRUE(pattern.has_value()) << text << ": " << (pattern.has_value() ? "" : pattern.error().message);
  return pattern.value_or(SearchPattern{});
}

std::vector<std::uint16_t> find(std::string_view text, std::span<const std::byte> window, std::size_t starts,
                                std::size_t alignment = 0) {
  const SearchPattern pattern = pattern_of(text);
  const auto finder = internal::make_finder(pattern, alignment != 0 ? alignment : pattern.natural_alignment());
  EXPECT_TRUE(finder.has_value());
  std::vector<std::uint16_t> places;
  if (finder.has_value()) (*finder)(window, starts, places);
  return places;
}

using Places = std::vector<std::uint16_t>;

TEST(SearchPattern, BareNumbersAreInts) {
  EXPECT_EQ(name_of(pattern_of("42").type), "i32");
  EXPECT_EQ(name_of(pattern_of("-42").type), "i32");
  EXPECT_EQ(name_of(pattern_of("4000000000").type), "u32");
  EXPECT_EQ(name_of(pattern_of("-5000000000").type), "i64");
  EXPECT_EQ(name_of(pattern_of("18446744073709551615").type), "u64");
  EXPECT_EQ(pattern_of("10..20").high.bits, 20U);
}

TEST(SearchPattern, WildcardsAreMasked) {
  const SearchPattern pattern = pattern_of("hex:48 8b ?? 05 ?");
  ASSERT_EQ(pattern.bytes.size(), 5U);
  EXPECT_EQ(pattern.mask[1], std::byte{0xff});
  EXPECT_EQ(pattern.mask[2], std::byte{0});
  EXPECT_EQ(pattern.mask[4], std::byte{0});
  EXPECT_EQ(pattern.bytes[3], std::byte{5});
}

TEST(SearchPattern, WhatIsNoneIsRefused) {
  for (const char* text : {"", "x", "3.5", "u32:", "u8:300", "u8:9..3", "hex:", "hex:??", "hex:4", "regex:", "regex:[",
                           "regex:a*", "str:", "{a:u8}:1", "f32:x"})
    EXPECT_FALSE(parse_search_pattern(text, 8).has_value()) << text;
}

template <class T>
class FoundNumbers : public testing::Test {};
using NumberTypes = testing::Types<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, float, double>;
TYPED_TEST_SUITE(FoundNumbers, NumberTypes);

/// At every place of a window that is longer than the stretches which are asked at once, and is not a multiple of them.
TYPED_TEST(FoundNumbers, AtEveryPlace) {
  constexpr std::size_t kCount = 1500 / sizeof(TypeParam);
  const std::string name = (std::is_floating_point_v<TypeParam> ? "f" : "u") + std::to_string(sizeof(TypeParam) * 8);
  for (std::size_t at = 0; at < kCount; at += 7) {
    std::vector<TypeParam> numbers(kCount, TypeParam{1});
    numbers[at] = TypeParam{42};
    const auto window = std::as_bytes(std::span(numbers));
    const Places wanted = {static_cast<std::uint16_t>(at)};
    EXPECT_EQ(find(name + ":42", window, window.size()), wanted);
    EXPECT_EQ(find(name + ":40..50", window, window.size()), wanted);
    EXPECT_TRUE(find(name + ":43", window, window.size()).empty());
    // Byte by byte it is the same, in places that are bytes.
    const Places bytes = find(name + ":42", window, window.size(), 1);
    EXPECT_TRUE(std::ranges::count(bytes, at * sizeof(TypeParam)) == 1);
  }
}

TEST(SearchKernels, SignedRangesCrossZero) {
  const std::vector<std::int32_t> numbers = {-6, -5, -1, 0, 3, 4};
  const auto window = std::as_bytes(std::span(numbers));
  EXPECT_EQ(find("i32:-5..3", window, window.size()), (Places{1, 2, 3, 4}));
  EXPECT_EQ(find("i32:-5..3", window, window.size(), 8), (Places{1}));
}

TEST(SearchKernels, BytesAreFoundUpToTheEndOfTheWindow) {
  for (const std::size_t at : {0U, 1U, 63U, 64U, 200U, 253U}) {
    std::string text(256, 'x');
    text.replace(at, 3, "abc");
    const auto window = std::as_bytes(std::span(text));
    EXPECT_EQ(find("str:abc", window, window.size()), (Places{static_cast<std::uint16_t>(at)})) << at;
    EXPECT_EQ(find("hex:61 ?? 63", window, window.size()), (Places{static_cast<std::uint16_t>(at)})) << at;
    EXPECT_EQ(find("regex:a[b]c", window, window.size()), (Places{static_cast<std::uint16_t>(at)})) << at;
    EXPECT_EQ(find("str:abc", window, at), Places()) << "it begins behind what is asked for";
  }
}

TEST(SearchKernels, ADenseBlockHasAllItsPlaces) {
  const std::vector<std::byte> zeros(kBlockSize);
  EXPECT_EQ(find("u32:0", zeros, zeros.size()).size(), kBlockSize / 4);
  EXPECT_EQ(find("u8:0", zeros, zeros.size()).size(), kBlockSize);
  EXPECT_EQ(find("u16:any", zeros, zeros.size()).size(), kBlockSize / 2);
  EXPECT_EQ(find("hex:00 00", zeros, zeros.size()).size(), kBlockSize - 1);
}

TEST(SearchKernels, ARegexFindsOneMatchAfterTheOther) {
  std::string text = "ab1 ab22 xx";
  text += '\0';
  text += "ab333";
  const auto window = std::as_bytes(std::span(text));
  EXPECT_EQ(find("regex:ab[0-9]+", window, window.size()), (Places{0, 4, 12}));
}

}  // namespace
}  // namespace tether
