#include "tether/disasm/disassembler.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace tether::disasm {
namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes(std::initializer_list<int> values) {
  Bytes all;
  for (const int value : values) all.push_back(static_cast<std::byte>(value));
  return all;
}

const Disassembler& disassembler() {
  static const Result<Disassembler> opened = Disassembler::open();
  EXPECT_TRUE(opened.has_value()) << opened.error().message;
  return *opened;
}

Instruction decode(std::initializer_list<int> code, Abi abi = Abi::X86_64, const NameAddress& name = {}) {
  const auto decoded = disassembler().decode(bytes(code), RemoteAddr(0x401000), abi, name);
  EXPECT_TRUE(decoded.has_value());
  return decoded.value_or(Instruction{});
}

TEST(Disassembler, ACallHasATargetAndTheTargetAName) {
  const Instruction i = decode({0xe8, 0x31, 0x01, 0x00, 0x00}, Abi::X86_64, [](RemoteAddr at) {
    return at == RemoteAddr(0x401136) ? std::string("main") : std::string();
  });
  EXPECT_EQ(i.text, "call 0x401136 <main>");
  EXPECT_EQ(i.length, 5);
  EXPECT_EQ(i.flow, Flow::Call);
  EXPECT_EQ(i.target, RemoteAddr(0x401136));
  ASSERT_TRUE(i.branch_displacement.has_value());
  EXPECT_EQ(i.branch_displacement->offset, 1);
  EXPECT_EQ(i.branch_displacement->size, 4);
}

TEST(Disassembler, ARipRelativeOperandSaysWhereItsDisplacementStands) {
  // mov rax, [rip+0x2ff9], and cmp dword ptr [rip-4], 0x12345678, whose displacement is not its end.
  const Instruction load = decode({0x48, 0x8b, 0x05, 0xf9, 0x2f, 0x00, 0x00});
  EXPECT_EQ(load.text, "mov rax, [0x404000]");
  ASSERT_TRUE(load.rip_relative.has_value());
  EXPECT_EQ(load.rip_relative->displacement_offset, 3);
  EXPECT_EQ(load.rip_relative->target, RemoteAddr(0x404000));
  EXPECT_FALSE(load.is_branch());
  const Instruction compare = decode({0x81, 0x3d, 0xfc, 0xff, 0xff, 0xff, 0x78, 0x56, 0x34, 0x12});
  ASSERT_TRUE(compare.rip_relative.has_value());
  EXPECT_EQ(compare.rip_relative->displacement_offset, 2);
  EXPECT_EQ(compare.rip_relative->target, RemoteAddr(0x401006));
  const Instruction jump = decode({0xff, 0x25, 0x00, 0x10, 0x00, 0x00});  // jmp [rip+0x1000], as in a PLT
  EXPECT_EQ(jump.flow, Flow::Jump);
  EXPECT_FALSE(jump.target.has_value());
  EXPECT_EQ(jump.rip_relative->target, RemoteAddr(0x402006));
}

TEST(Disassembler, The32BitMeaningOfTheSameBytes) {
  const Instruction i = decode({0x8b, 0x05, 0xf9, 0x2f, 0x00, 0x00}, Abi::I386);
  EXPECT_EQ(i.text, "mov eax, [0x2ff9]");
  EXPECT_FALSE(i.rip_relative.has_value());
  EXPECT_EQ(decode({0x48}, Abi::I386).text, "dec eax");
  const Instruction back = decode({0xe8, 0x00, 0x00, 0x00, 0xc0}, Abi::I386);  // wraps at 4 GiB
  EXPECT_EQ(back.target, RemoteAddr(0xc0401005));
}

TEST(Disassembler, Flow) {
  EXPECT_EQ(decode({0xc3}).flow, Flow::Return);
  EXPECT_EQ(decode({0xf3, 0xc3}).flow, Flow::Return);
  EXPECT_EQ(decode({0x48, 0xcf}).flow, Flow::Return);
  EXPECT_EQ(decode({0xeb, 0xfe}).target, RemoteAddr(0x401000));
  EXPECT_EQ(decode({0x74, 0x02}).flow, Flow::ConditionalJump);
  EXPECT_EQ(decode({0xe2, 0xfe}).flow, Flow::ConditionalJump);
  EXPECT_EQ(decode({0x0f, 0x05}).flow, Flow::SystemCall);
  EXPECT_EQ(decode({0x0f, 0x34}, Abi::I386).flow, Flow::SystemCall);
  EXPECT_EQ(decode({0xcd, 0x80}).flow, Flow::Interrupt);
  EXPECT_EQ(decode({0xcd, 0x80}).vector, 0x80);
  EXPECT_EQ(decode({0xcc}).vector, 3);
  EXPECT_EQ(decode({0x0f, 0x0b}).flow, Flow::Trap);
  EXPECT_EQ(decode({0xff, 0xd0}).flow, Flow::Call);
  EXPECT_FALSE(decode({0xff, 0xd0}).target.has_value());
  EXPECT_EQ(decode({0xf3, 0x0f, 0x1e, 0xfa}).flow, Flow::Next);  // endbr64
}

TEST(Disassembler, WhatASingleStepMustKnow) {
  EXPECT_TRUE(decode({0xf3, 0xa4}).is_repeated);
  EXPECT_TRUE(decode({0xf2, 0xae}).is_repeated);
  EXPECT_FALSE(decode({0xa4}).is_repeated);
  EXPECT_FALSE(decode({0xf3, 0x90}).is_repeated);              // pause
  EXPECT_FALSE(decode({0xf3, 0x0f, 0x10, 0x00}).is_repeated);  // movss
  EXPECT_TRUE(decode({0x9c}).pushes_flags);
  EXPECT_TRUE(decode({0x9d}).pops_flags);
  EXPECT_TRUE(decode({0x8e, 0xd0}).loads_stack_segment);
  EXPECT_TRUE(decode({0x17}, Abi::I386).loads_stack_segment);
  EXPECT_FALSE(decode({0x8c, 0xd0}).loads_stack_segment);
}

TEST(Disassembler, WhatIsNoInstructionIsAnError) {
  for (const Bytes& code : {bytes({}), bytes({0xe8, 0x00}), bytes({0x06})}) {
    const auto decoded = disassembler().decode(code, RemoteAddr(0x401000), Abi::X86_64);
    ASSERT_FALSE(decoded.has_value());
    EXPECT_EQ(decoded.error().code, ErrorCode::Malformed);
  }
}

TEST(Disassembler, BoundariesFromAKnownStart) {
  const Bytes code = bytes({0x55, 0x48, 0x89, 0xe5, 0xe8, 0, 0, 0, 0, 0xc3});  // push; mov; call; ret
  const RemoteAddr start(0x401000);
  EXPECT_EQ(disassembler().decode_all(code, start, Abi::X86_64).size(), 4u);
  EXPECT_EQ(disassembler().decode_all(code, start, Abi::X86_64, {}, 2).size(), 2u);
  EXPECT_EQ(disassembler().whole_instructions(code, start, Abi::X86_64, 5).value_or(0), 9u);
  EXPECT_EQ(disassembler().whole_instructions(code, start, Abi::X86_64, 4).value_or(0), 4u);
  EXPECT_FALSE(disassembler().whole_instructions(code, start, Abi::X86_64, 11).has_value());
  EXPECT_EQ(disassembler().find_previous(code, start, start + 4, Abi::X86_64), start + 1);
  EXPECT_EQ(disassembler().find_previous(code, start, start + 10, Abi::X86_64), start + 9);
  EXPECT_EQ(disassembler().find_previous(code, start, start + 5, Abi::X86_64), std::nullopt);
  EXPECT_EQ(disassembler().find_previous(code, start, start, Abi::X86_64), std::nullopt);
}

}  // namespace
}  // namespace tether::disasm
