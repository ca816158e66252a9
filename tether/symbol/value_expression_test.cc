#include "tether/symbol/value_expression.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>

namespace tether::symbol {
namespace {

/// Memory at 0x1000: 01 02 03 04 ff ff ff ff, then the double 2.5, then the float -1.5.
class TestMemory final : public MemoryReader {
 public:
  TestMemory() {
    const std::uint8_t first[] = {1, 2, 3, 4, 0xff, 0xff, 0xff, 0xff};
    const double wide = 2.5;
    const float narrow = -1.5;
    std::memcpy(bytes_, first, 8);
    std::memcpy(bytes_ + 8, &wide, 8);
    std::memcpy(bytes_ + 16, &narrow, 4);
  }
  std::size_t read_some(RemoteAddr addr, std::span<std::byte> out) override {
    if (addr.value < 0x1000 || addr.value >= 0x1000 + sizeof bytes_) return 0;
    const std::size_t size = std::min<std::size_t>(out.size(), 0x1000 + sizeof bytes_ - addr.value);
    std::memcpy(out.data(), bytes_ + (addr.value - 0x1000), size);
    return size;
  }

 private:
  unsigned char bytes_[20];
};

class TestNames final : public NameResolver {
 public:
  Result<RemoteAddr> resolve_name(std::string_view name) override { return find(name); }
  Result<RemoteAddr> resolve_mapping(std::string_view name) override { return find(name); }
  Result<RemoteAddr> resolve_line(std::string_view file, std::uint32_t line) override {
    return find(std::string(file) + ":" + std::to_string(line));
  }

 private:
  Result<RemoteAddr> find(std::string_view name) {
    static const std::map<std::string, std::uint64_t, std::less<>> kNames{
        {"main", 0x401000},        {"libc:malloc", 0x7000},    {"libc", 0x6000},   {"redis-server", 0x5000},
        {"[stack]", 0x8000},       {"server.c:120", 0x402000}, {"rax", 0x9999},    {"std::vector<int>::size", 0x403000},
        {"memcpy@GLIBC_2.2.5", 7}, {"a::b", 0x404000},         {"foo.part.0", 11}, {"libc.so.6:$x~", 12}};
    const auto found = kNames.find(name);
    if (found == kNames.end())
      return fail({.code = ErrorCode::NotFound, .message = "no '" + std::string(name) + "'", .hint = {}});
    return RemoteAddr(found->second);
  }
};

Result<Number> evaluate(std::string_view text) {
  static TestMemory memory;
  static TestNames names;
  static const GeneralRegisters registers = [] {
    GeneralRegisters all;
    for (const RegisterName& name : register_names(Abi::X86_64)) {
      if (name.name == "rax") all.words[name.word] = 0xffffffff80000001;
      if (name.name == "rsp") all.words[name.word] = 0x1010;
    }
    return all;
  }();
  const auto parsed = ValueExpression::parse(text);
  if (!parsed.has_value()) return fail(parsed.error());
  return parsed->evaluate({.registers = &registers, .memory = &memory, .names = &names});
}

std::uint64_t bits(std::string_view text) {
  const auto value = evaluate(text);
  EXPECT_TRUE(value.has_value()) << text << ": " << (value.has_value() ? "" : value.error().message);
  return value.has_value() ? value->bits : 0xdead;
}

double floating(std::string_view text) {
  const auto value = evaluate(text);
  EXPECT_TRUE(value.has_value() && value->type == Number::Type::Floating) << text;
  return value.has_value() ? value->floating : -1;
}

Error refusal(std::string_view text) {
  const auto value = evaluate(text);
  EXPECT_FALSE(value.has_value()) << text;
  return value.has_value() ? Error{} : value.error();
}

TEST(ValueExpression, Numbers) {
  EXPECT_EQ(bits("42"), 42u);
  EXPECT_EQ(bits("0x2a"), 42u);
  EXPECT_EQ(bits("010"), 10u);
  EXPECT_EQ(bits("64k"), 65536u);
  EXPECT_EQ(bits("0x10M"), 16u << 20);
  EXPECT_EQ(bits("2G"), 2ull << 30);
  EXPECT_EQ(bits("0xffffffffffffffff"), ~0ull);
  EXPECT_EQ(floating("1.5"), 1.5);
}

TEST(ValueExpression, PrecedenceIsThatOfC) {
  EXPECT_EQ(bits("1+2*3"), 7u);
  EXPECT_EQ(bits("(1+2)*3"), 9u);
  EXPECT_EQ(bits("10-4-3"), 3u);
  EXPECT_EQ(bits("1<<2+1"), 8u);
  EXPECT_EQ(bits("6&3==3"), 0u);
  EXPECT_EQ(bits("1|2^3&1"), 3u);
  EXPECT_EQ(bits("1||0&&0"), 1u);
  EXPECT_EQ(bits("7%4*2"), 6u);
  EXPECT_EQ(bits("!0+1"), 2u);
  EXPECT_EQ(bits("~0>>60"), 15u);
  EXPECT_EQ(bits("1?2:0?3:4"), 2u);
  EXPECT_EQ(bits("0 ? 2 : 0 ? 3 : 4"), 4u);
  EXPECT_EQ(bits("- -3"), 3u);
  EXPECT_EQ(bits("+5"), 5u);
}

TEST(ValueExpression, ArithmeticIsUnsignedUnlessTypedSigned) {
  EXPECT_EQ(bits("rax > 0"), 1u);
  EXPECT_EQ(bits("i64(rax) < 0"), 1u);
  EXPECT_EQ(bits("i32(eax) < 0"), 1u);
  EXPECT_EQ(bits("i32[0x1004] == -1"), 1u);
  EXPECT_EQ(bits("i32[0x1004] < 0"), 1u);
  EXPECT_EQ(bits("u32[0x1004] < 0"), 0u);
  EXPECT_EQ(bits("i32[0x1004] < u32[0x1000]"), 0u);  // C's usual conversion
  EXPECT_EQ(bits("-1 < 0"), 1u);
  EXPECT_EQ(bits("-7/2"), static_cast<std::uint64_t>(-3));
  EXPECT_EQ(bits("rax/rax"), 1u);
  EXPECT_EQ(bits("-8 >> 1"), static_cast<std::uint64_t>(-4));
  EXPECT_EQ(bits("1 << 64"), 0u);
  EXPECT_EQ(bits("i64(0x8000000000000000) / -1"), 0x8000000000000000u);
  EXPECT_EQ(bits("i64(0x8000000000000000) % -1"), 0u);
}

TEST(ValueExpression, Registers) {
  EXPECT_EQ(bits("rax"), 0xffffffff80000001u);
  EXPECT_EQ(bits("eax"), 0x80000001u);
  EXPECT_EQ(bits("al"), 1u);
  EXPECT_EQ(bits("$rax"), 0xffffffff80000001u);
  EXPECT_EQ(bits("rsp-16"), 0x1000u);
  EXPECT_EQ(bits("'rax'"), 0x9999u);  // quoted: the symbol
  EXPECT_NE(refusal("$main").message.find("no register 'main'"), std::string::npos);
  EXPECT_NE(refusal("orig_eax").message.find("x86_64 has no register 'orig_eax'"), std::string::npos);
}

TEST(ValueExpression, Memory) {
  EXPECT_EQ(bits("u8[0x1000]"), 1u);
  EXPECT_EQ(bits("u16[0x1000]"), 0x201u);
  EXPECT_EQ(bits("u32[rsp-16]"), 0x4030201u);
  EXPECT_EQ(bits("u64 [0x1000]"), 0xffffffff04030201u);
  EXPECT_EQ(bits("ptr[0x1000]"), 0xffffffff04030201u);
  EXPECT_EQ(bits("i8[0x1004]"), ~0ull);
  EXPECT_EQ(bits("u8[0x1000+u8[0x1000]]"), 2u);
  EXPECT_EQ(floating("f64[0x1008]"), 2.5);
  EXPECT_EQ(floating("f32[0x1010]"), -1.5);
  EXPECT_EQ(bits("f64[0x1008] > 2.4 && f64[0x1008] < 3"), 1u);
  EXPECT_NE(refusal("u32[0x4000]").message.find("no memory can be read at 0x4000"), std::string::npos);
  EXPECT_EQ(refusal("u8[1.5]").code, ErrorCode::Malformed);
}

TEST(ValueExpression, Names) {
  EXPECT_EQ(bits("main"), 0x401000u);
  EXPECT_EQ(bits("main+8"), 0x401008u);
  EXPECT_EQ(bits("libc:malloc"), 0x7000u);
  EXPECT_EQ(bits("'libc':'malloc' + 1"), 0x7001u);
  EXPECT_EQ(bits("'libc:malloc'"), 0x7000u);
  EXPECT_EQ(bits("libc+0x10"), 0x6010u);
  EXPECT_EQ(bits("'redis-server'+0x10"), 0x5010u);
  EXPECT_EQ(bits("[stack]"), 0x8000u);
  EXPECT_EQ(bits("[stack]-8"), 0x7ff8u);
  EXPECT_EQ(bits("server.c:120"), 0x402000u);
  EXPECT_EQ(bits("'std::vector<int>::size'"), 0x403000u);
  EXPECT_EQ(bits("a::b"), 0x404000u);
  EXPECT_EQ(bits("memcpy@GLIBC_2.2.5"), 7u);
  EXPECT_EQ(bits("foo.part.0"), 11u);
  EXPECT_EQ(bits("libc.so.6:'$x~'"), 12u);
  EXPECT_EQ(bits("1 ? main : 0"), 0x401000u);
  EXPECT_EQ(bits("0?rax:rsp"), 0x1010u);  // a register is no module
  EXPECT_EQ(refusal("mian").code, ErrorCode::NotFound);
}

TEST(ValueExpression, Casts) {
  EXPECT_EQ(bits("u8(0x1ff)"), 0xffu);
  EXPECT_EQ(bits("i8(0xff)"), ~0ull);
  EXPECT_EQ(bits("u32(-1)"), 0xffffffffu);
  EXPECT_EQ(floating("f64(3)/2"), 1.5);
  EXPECT_EQ(bits("i32(-2.9)"), static_cast<std::uint64_t>(-2));
  EXPECT_EQ(bits("u64(1.0/0)"), ~0ull);
}

TEST(ValueExpression, ShortCircuit) {
  EXPECT_EQ(bits("0 && u8[0]"), 0u);
  EXPECT_EQ(bits("1 || u8[0]"), 1u);
  EXPECT_EQ(bits("1 ? 5 : u8[0]"), 5u);
}

TEST(ValueExpression, ErrorsSayWhere) {
  EXPECT_EQ(refusal("rax +").message, "'rax +': at 6: a value is missing");
  EXPECT_EQ(refusal("(1").message, "'(1': at 3: a ')' is missing");
  EXPECT_EQ(refusal("1 2").message, "'1 2': at 3: '2' does not fit here");
  EXPECT_EQ(refusal("12q").message, "'12q': at 1: a number ends in letters; units are k, M and G");
  EXPECT_EQ(refusal("1/0").message, "'1/0': at 2: division by zero");
  EXPECT_EQ(refusal("u8[1").message, "'u8[1': at 5: a ']' is missing");
  EXPECT_EQ(refusal("1 ? 2").message, "'1 ? 2': at 6: a ':' is missing, for the '?' before it");
  EXPECT_EQ(refusal("'x").message, "''x': at 1: the closing ' is missing");
  for (const std::string_view text :
       {"", " ", "''", "[", "[]", "0x", "99999999999999999999", "20000000000G", "1.5 & 1", "~1.5", ")", "a:"})
    EXPECT_EQ(refusal(text).code, ErrorCode::Malformed) << text;
}

TEST(ValueExpression, NestingHasAnEnd) {
  EXPECT_EQ(refusal(std::string(3000, '(')).code, ErrorCode::Malformed);
  EXPECT_EQ(refusal(std::string(3000, '-') + "1").code, ErrorCode::Malformed);
  EXPECT_EQ(refusal(std::string(5000, '1')).code, ErrorCode::Malformed);
  std::string sum = "1";
  for (int i = 0; i < 500; ++i) sum += "+1";
  EXPECT_EQ(bits(sum), 501u);
}

TEST(ValueExpression, WhatIsAbsentIsNamed) {
  const auto refuse = [](std::string_view text) { return ValueExpression::parse(text)->evaluate({}).error(); };
  EXPECT_EQ(refuse("rax").message, "'rax': at 1: there is no thread whose register 'rax' could be read");
  EXPECT_EQ(refuse("u8[1]").message, "'u8[1]': at 1: there is no process whose memory could be read");
  EXPECT_EQ(refuse("main").message, "'main': at 1: there is no process in which 'main' could be looked up");
  EXPECT_EQ(refuse("[heap]").code, ErrorCode::Unsupported);
  EXPECT_EQ(refuse("rax").code, ErrorCode::Unsupported);
}

TEST(ValueExpression, NamesCanBeFixedBeforehand) {
  TestNames names;
  const auto fixed = ValueExpression::parse("rdi == main && u8[1] || [stack]")->with_names(names);
  ASSERT_TRUE(fixed.has_value());
  EXPECT_TRUE(fixed->uses_registers());
  GeneralRegisters registers;
  const auto value = fixed->evaluate({.registers = &registers});
  ASSERT_TRUE(value.has_value()) << value.error().message;
  EXPECT_EQ(value->bits, 1u);
  EXPECT_FALSE(ValueExpression::parse("mian")->with_names(names).has_value());
  EXPECT_FALSE(ValueExpression::parse("main+1")->uses_registers());
}

TEST(ValueExpression, Addresses) {
  EXPECT_EQ(ValueExpression::parse("0x10+1")->evaluate_address({}).value(), RemoteAddr(0x11));
  EXPECT_EQ(ValueExpression::parse("1.5")->evaluate_address({}).error().code, ErrorCode::Malformed);
}

}  // namespace
}  // namespace tether::symbol
