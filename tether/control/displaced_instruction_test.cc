#include "tether/control/displaced_instruction.h"

#include <gtest/gtest.h>

#include <cstring>
#include <initializer_list>

namespace tether {
namespace {

using disasm::Disassembler;
using disasm::Instruction;

constexpr RemoteAddr kCode(0x5555'5555'1000);
constexpr RemoteAddr kSlot(0x5555'5554'0000);

const Disassembler& disassembler() {
  static const Result<Disassembler> opened = Disassembler::open();
  EXPECT_TRUE(opened.has_value());
  return *opened;
}

std::vector<std::byte> bytes(std::initializer_list<int> values) {
  std::vector<std::byte> all;
  for (const int value : values) all.push_back(static_cast<std::byte>(value));
  return all;
}

Instruction decode(std::initializer_list<int> code, Abi abi = Abi::X86_64, RemoteAddr at = kCode) {
  return disassembler().decode(bytes(code), at, abi).value();
}

/// What the copy says, instruction after instruction, where it lies.
std::vector<Instruction> read_back(const Displaced& copy, Abi abi = Abi::X86_64, RemoteAddr slot = kSlot) {
  return disassembler().decode_all(copy.code, slot, abi);
}

TEST(PassageOf, TellsHowEachKindIsPassed) {
  EXPECT_EQ(passage_of(decode({0xf3, 0x0f, 0x1e, 0xfa}), Abi::X86_64).value(), Passage::Skip);        // endbr64
  EXPECT_EQ(passage_of(decode({0x66, 0x0f, 0x1f, 0x44, 0, 0}), Abi::X86_64).value(), Passage::Skip);  // nop
  EXPECT_EQ(passage_of(decode({0x55}), Abi::X86_64).value(), Passage::OutOfLine);                     // push rbp
  EXPECT_EQ(passage_of(decode({0xc3}), Abi::X86_64).value(), Passage::OutOfLine);                     // ret
  EXPECT_EQ(passage_of(decode({0x0f, 0x05}), Abi::X86_64).value(), Passage::OutOfLine);               // syscall
  EXPECT_EQ(passage_of(decode({0xcd, 0x80}, Abi::I386), Abi::I386).value(), Passage::OutOfLine);      // int 0x80
  EXPECT_EQ(passage_of(decode({0xe8, 0, 0, 0, 0}), Abi::X86_64).value(), Passage::Call);
  EXPECT_EQ(passage_of(decode({0xff, 0xd0}), Abi::X86_64).value(), Passage::Call);                   // call rax
  EXPECT_EQ(passage_of(decode({0xff, 0x25, 0, 0, 0, 0}), Abi::X86_64).value(), Passage::OutOfLine);  // jmp [rip]
  EXPECT_EQ(passage_of(decode({0xeb, 0x10}), Abi::X86_64).value(), Passage::Branch);
  EXPECT_EQ(passage_of(decode({0x0f, 0x84, 0, 1, 0, 0}), Abi::X86_64).value(), Passage::Branch);
  EXPECT_EQ(passage_of(decode({0xe3, 0x10}), Abi::X86_64).value(), Passage::Branch);  // jrcxz
}

TEST(PassageOf, RefusesWhatNoCopyCanDo) {
  EXPECT_EQ(passage_of(decode({0xcc}), Abi::X86_64).error().code, ErrorCode::Unsupported);                    // int3
  EXPECT_EQ(passage_of(decode({0xc7, 0xf8, 0, 0, 0, 0}), Abi::X86_64).error().code, ErrorCode::Unsupported);  // xbegin
  EXPECT_EQ(passage_of(decode({0xff, 0x18}), Abi::X86_64).error().code, ErrorCode::Unsupported);  // far call [rax]
}

TEST(Displace, TheCopyIsFollowedByTheWayBack) {
  const Instruction push = decode({0x41, 0x57});
  const Displaced copy = displace(push, kSlot, Abi::X86_64).value();
  const auto all = read_back(copy);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].text, "push r15");
  EXPECT_EQ(all[1].flow, disasm::Flow::Jump);
  EXPECT_EQ(all[1].target, push.end());
  EXPECT_LE(copy.code.size(), Displaced::kMostBytes);
}

TEST(Displace, AnOperandRelativeToTheInstructionPointerStaysWhatItWas) {
  const Instruction load = decode({0x48, 0x8b, 0x05, 0x78, 0x56, 0x34, 0x12});  // mov rax, [rip + 0x12345678]
  const auto all = read_back(displace(load, kSlot, Abi::X86_64).value());
  ASSERT_TRUE(all[0].rip_relative.has_value());
  EXPECT_EQ(all[0].rip_relative->target, load.rip_relative->target);
}

TEST(Displace, RefusesASlotOutOfReach) {
  const Instruction load = decode({0x48, 0x8b, 0x05, 0, 0, 0, 0});
  EXPECT_FALSE(displace(load, RemoteAddr(0x1000'0000), Abi::X86_64).has_value());
}

TEST(Displace, ASystemCallLeavesTheOriginalsAddressInRcx) {
  const Instruction call = decode({0x0f, 0x05});
  const auto all = read_back(displace(call, kSlot, Abi::X86_64).value());
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].text, "syscall");
  ASSERT_TRUE(all[1].rip_relative.has_value());
  EXPECT_TRUE(all[1].text.starts_with("lea rcx"));
  EXPECT_EQ(all[1].rip_relative->target, call.end());
  EXPECT_EQ(all[2].target, call.end());
}

TEST(Displace, AddressesOf32BitCodeWrap) {
  const RemoteAddr high(0xffff'0000);
  const RemoteAddr low(0x0001'0000);
  const Instruction push = decode({0x55}, Abi::I386, high);
  const auto all = read_back(displace(push, low, Abi::I386).value(), Abi::I386, low);
  EXPECT_EQ(all[1].target, push.end());
}

TEST(Undisplaced, BeforeAndBehindTheCopy) {
  const Instruction push = decode({0x41, 0x57});
  const Displaced copy = displace(push, kSlot, Abi::X86_64).value();
  EXPECT_EQ(undisplaced(kSlot, kSlot, copy, push), push.address);
  EXPECT_EQ(undisplaced(kSlot + 2, kSlot, copy, push), push.end());
}

}  // namespace
}  // namespace tether
