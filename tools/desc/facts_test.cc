#include "tools/desc/facts.h"

#include <gtest/gtest.h>

namespace tether::desc {
namespace {

Facts parsed(const std::string& text) {
  Facts facts;
  EXPECT_TRUE(parse_header_facts(text, "linux/t.h", facts).has_value());
  return facts;
}

TEST(Facts, ConstantsMayDifferOrBeAbsent) {
  const Facts facts = parsed("const A 0x10\nconst B -1 0x2\nconst C - 3\n");
  EXPECT_EQ(facts.constants.at("A").value[Abi::I386], 16u);
  EXPECT_EQ(facts.constants.at("B").value[Abi::X86_64], ~0ull);
  EXPECT_EQ(facts.constants.at("B").value[Abi::I386], 2u);
  EXPECT_EQ(facts.constants.at("C").value[Abi::X86_64], std::nullopt);
  EXPECT_EQ(facts.headers.at("linux/t.h"), (std::vector<std::string>{"A", "B", "C"}));
}

TEST(Facts, MembersHaveAPlaceInEachAbi) {
  const Facts facts = parsed(
      "struct s 16 12\nfield a 0 8 0 4 p char *\nalt field b 8 8 - - u[2][4] __u8[2][4]\nbitfield c 8 3 4 0 5 u "
      "unsigned int\n");
  const StructFact& s = facts.structs.at("s");
  EXPECT_EQ(s.size[Abi::I386], 12u);
  ASSERT_EQ(s.members.size(), 3u);
  EXPECT_EQ(s.members[0].c_type, "char *");
  EXPECT_TRUE(s.members[1].is_alternative);
  EXPECT_EQ(s.members[1].offset[Abi::I386], std::nullopt);
  EXPECT_EQ(s.members[1].counts, (std::vector<std::uint32_t>{2, 4}));
  EXPECT_EQ(s.members[2].bits, 5);
  EXPECT_EQ(s.members[2].bit_offset[Abi::X86_64], 3);
}

TEST(Facts, IoctlsSayDirectionAndType) {
  const Facts facts = parsed("ioctl A 0x5401 = none -\nioctl B 0x80 0x40 out struct s\n");
  EXPECT_EQ(facts.ioctls.at(0).code[Abi::I386], 0x5401u);
  EXPECT_EQ(facts.ioctls.at(1).code[Abi::I386], 0x40u);
  EXPECT_EQ(facts.ioctls.at(1).type, "struct s");
  EXPECT_EQ(facts.ioctls.at(1).header, "linux/t.h");
}

TEST(Facts, PrototypesMayBeAbsentEmptyOrUnknown) {
  Facts facts;
  ASSERT_TRUE(
      parse_call_facts("# comment\nx86_64\t0\tread\tsys_read\tint fd; char __user **p\ni386\t1\tpause\tsys_pause\t-\n"
                       "i386\t2\tafs\t-\t-\ni386\t3\todd\tsys_odd\t?\n",
                       facts)
          .has_value());
  const CallFact& read = facts.calls[Abi::X86_64].at(0);
  ASSERT_EQ(read.arguments.size(), 2u);
  EXPECT_EQ(read.arguments[1].type, "char __user * *");
  EXPECT_EQ(read.arguments[1].name, "p");
  EXPECT_TRUE(facts.calls[Abi::I386].at(1).has_prototype);
  EXPECT_FALSE(facts.calls[Abi::I386].at(2).is_implemented);
  EXPECT_FALSE(facts.calls[Abi::I386].at(3).has_prototype);
}

std::string message(const std::string& text) {
  Facts facts;
  const auto parsed = parse_header_facts(text, "linux/t.h", facts);
  return parsed.has_value() ? "" : parsed.error().message;
}

TEST(FactsErrors, NameTheLine) {
  EXPECT_EQ(message("const A 1\nfoo"), "2: this is no line of facts: foo");
  EXPECT_EQ(message("const A"), "1: this is no line of facts: const A");
  EXPECT_EQ(message("const A x"), "1: this is no line of facts: const A x");
  EXPECT_EQ(message("field a 0 4 0 4 u int"), "1: this is no line of facts: field a 0 4 0 4 u int");
  EXPECT_EQ(message("struct s 1 99999999999"), "1: this is no line of facts: struct s 1 99999999999");
  Facts facts;
  EXPECT_EQ(parse_call_facts("arm\t1\ta\tb\t-", facts).error().message, "1: this is no line of facts: arm\t1\ta\tb\t-");
  EXPECT_EQ(read_facts("/nowhere").error().message, "reading the directory /nowhere: No such file or directory");
}

}  // namespace
}  // namespace tether::desc
