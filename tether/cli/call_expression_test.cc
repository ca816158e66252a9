#include "tether/cli/call_expression.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstring>

namespace tether::cli {
namespace {

Result<std::uint64_t> look_up(std::size_t argument, std::string_view word) {
  if (word == "O_RDWR") return 2u;
  if (word == "O_CREAT") return 0100u;
  if (word == "INDEX") return argument;
  if (word == "AT_FDCWD") return static_cast<std::uint64_t>(-100);
  return fail({.code = ErrorCode::NotFound, .message = "no constant", .hint = {}});
}

Result<CallExpression> parse(std::string_view text, Abi abi = Abi::X86_64) {
  return parse_call(text, abi, look_up);
}

std::string bytes_of(const RemoteArgument& argument) {
  return {reinterpret_cast<const char*>(argument.bytes.data()), argument.bytes.size()};
}

TEST(CallExpression, IsACall) {
  const auto call = parse(" openat ( AT_FDCWD, \"x\\n\\x41\\101\" \"y\", O_RDWR|O_CREAT, 0600 ) ; ");
  ASSERT_TRUE(call.has_value()) << call.error().message;
  EXPECT_EQ(call->callee, "openat");
  ASSERT_EQ(call->arguments.size(), 4u);
  EXPECT_EQ(call->arguments[0].bits, static_cast<std::uint64_t>(-100));
  EXPECT_EQ(bytes_of(call->arguments[1]), std::string("x\nAAy\0", 6));
  EXPECT_EQ(call->arguments[2].bits, 0102u);
  EXPECT_EQ(call->arguments[3].bits, 0600u);
  EXPECT_EQ(parse("getpid()")->arguments.size(), 0u);
  EXPECT_EQ(parse("libc:puts(\"hi\")")->callee, "libc:puts");
}

TEST(CallExpression, NumbersAreComputedAsInC) {
  const auto first = [](std::string_view text) { return parse("f(" + std::string(text) + ")")->arguments[0].bits; };
  EXPECT_EQ(first("1 + 2 * 3"), 7u);
  EXPECT_EQ(first("(1 + 2) * 3"), 9u);
  EXPECT_EQ(first("1 << 4 | 3 & 1"), 17u);
  EXPECT_EQ(first("~0 ^ 1"), ~std::uint64_t{1});
  EXPECT_EQ(first("-1"), ~std::uint64_t{0});
  EXPECT_EQ(first("0x10UL"), 16u);
  EXPECT_EQ(first("'a'"), 97u);
  EXPECT_EQ(first("'\\n'"), 10u);
  EXPECT_EQ(parse("f(0, INDEX)")->arguments[1].bits, 1u);
}

TEST(CallExpression, NumbersWithAPointAreDoubles) {
  const auto call = parse("f(1.5, -2e3, 3)");
  EXPECT_EQ(call->arguments[0].kind, RemoteArgument::Kind::Double);
  EXPECT_EQ(std::bit_cast<double>(call->arguments[0].bits), 1.5);
  EXPECT_EQ(std::bit_cast<double>(call->arguments[1].bits), -2000.0);
  EXPECT_EQ(call->arguments[2].kind, RemoteArgument::Kind::Number);
}

TEST(CallExpression, ArraysHaveElementsOfOneType) {
  EXPECT_EQ(parse("f([1, -1])")->arguments[0].bytes.size(), 8u);
  EXPECT_EQ(parse("f(u16[1, 2, 3])")->arguments[0].bytes.size(), 6u);
  EXPECT_EQ(parse("f(long[1])")->arguments[0].bytes.size(), 8u);
  EXPECT_EQ(parse("f(long[1])", Abi::I386)->arguments[0].bytes.size(), 4u);
  const auto vector = parse("f([\"a\", \"b\", 0])");
  EXPECT_EQ(vector->arguments[0].bytes.size(), 24u);
  EXPECT_EQ(vector->arguments[0].pointers, (std::vector<std::size_t>{0, 8}));
  EXPECT_EQ(bytes_of(vector->arguments[0].pointees[1]), std::string("b\0", 2));
  EXPECT_FALSE(parse("f(u8[256])").has_value());
  EXPECT_FALSE(parse("f(u32[\"a\"])").has_value());
}

TEST(CallExpression, BuffersAreShownAfterwards) {
  const auto call = parse("read(0, &buf[4], 4)");
  EXPECT_EQ(call->arguments[1].label, "buf");
  const char text[] = "a\n\0\0";
  EXPECT_EQ(show_output(call->arguments[1], Abi::X86_64, std::as_bytes(std::span(text, 4))), "buf = \"a\\n\"");
  const auto typed = parse("f(&i32[2])");
  const std::int32_t numbers[] = {-1, 5};
  EXPECT_EQ(typed->arguments[0].bytes.size(), 8u);
  EXPECT_EQ(show_output(typed->arguments[0], Abi::X86_64, std::as_bytes(std::span(numbers))), "i32[2] = [-1, 5]");
}

TEST(CallExpression, MistakesAreSaidWithTheirPlace) {
  for (const char* text : {"getpid", "(1)", "f(", "f(1", "f(1,)", "f(1) 2", "f(\"a)", "f('ab')", "f(&buf)", "f(0x)",
                           "f(09)", "f([1, 2)", "f(1 << 64)", "f(\"\\q\")", "f(&)", "f(\"a\\", "f(&b[99999999999])"})
    EXPECT_FALSE(parse(text).has_value()) << text;
  EXPECT_NE(parse("f(1, )").error().message.find("column 6"), std::string::npos) << parse("f(1, )").error().message;
  EXPECT_FALSE(parse("f(0x100000000)", Abi::I386).has_value());
  EXPECT_TRUE(parse("f(0xffffffff, -1)", Abi::I386).has_value());
  EXPECT_FALSE(parse("f(" + std::string(100000, '(') + ")").has_value());
  EXPECT_FALSE(parse("f(" + std::string(100000, '[') + ")").has_value());
}

}  // namespace
}  // namespace tether::cli
