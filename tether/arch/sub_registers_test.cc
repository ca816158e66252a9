#include "tether/arch/sub_registers.h"

#include <gtest/gtest.h>

namespace tether {
namespace {

GeneralRegisters with(Abi abi, std::string_view name, std::uint64_t value) {
  GeneralRegisters registers;
  for (const RegisterName& r : register_names(abi))
    if (r.name == name) registers.words[r.word] = value;
  return registers;
}

TEST(SubRegisters, PartsOfAWideRegister) {
  const GeneralRegisters registers = with(Abi::X86_64, "rax", 0x1122334455667788);
  EXPECT_EQ(find_register_value(registers, Abi::X86_64, "rax"), 0x1122334455667788u);
  EXPECT_EQ(find_register_value(registers, Abi::X86_64, "eax"), 0x55667788u);
  EXPECT_EQ(find_register_value(registers, Abi::X86_64, "ax"), 0x7788u);
  EXPECT_EQ(find_register_value(registers, Abi::X86_64, "al"), 0x88u);
  EXPECT_EQ(find_register_value(registers, Abi::X86_64, "ah"), 0x77u);
}

TEST(SubRegisters, NumberedRegisters) {
  const GeneralRegisters registers = with(Abi::X86_64, "r10", 0x1122334455667788);
  EXPECT_EQ(find_register_value(registers, Abi::X86_64, "r10d"), 0x55667788u);
  EXPECT_EQ(find_register_value(registers, Abi::X86_64, "r10w"), 0x7788u);
  EXPECT_EQ(find_register_value(registers, Abi::X86_64, "r10b"), 0x88u);
  EXPECT_EQ(find_register_value(registers, Abi::X86_64, "r10q"), std::nullopt);
  EXPECT_EQ(find_register_value(registers, Abi::X86_64, "rad"), std::nullopt);
  EXPECT_EQ(find_register_value(registers, Abi::I386, "r10d"), std::nullopt);
}

TEST(SubRegisters, EveryPartNamesARegisterOfItsAbi) {
  for (const Abi abi : {Abi::X86_64, Abi::I386})
    for (const std::string_view name : {"ax", "bx", "cx", "dx", "si", "di", "bp", "sp", "al", "bh"}) {
      const auto part = find_register_part(abi, name);
      ASSERT_TRUE(part.has_value()) << name;
      EXPECT_TRUE(find_register({}, abi, part->whole).has_value()) << part->whole;
    }
  EXPECT_FALSE(find_register_part(Abi::I386, "sil").has_value());
  EXPECT_FALSE(find_register_part(Abi::I386, "eax").has_value());  // a whole register there
}

TEST(SubRegisters, Names) {
  for (const std::string_view name : {"rax", "eax", "al", "r9b", "eip", "orig_eax"})
    EXPECT_TRUE(is_register_name(name)) << name;
  for (const std::string_view name : {"", "main", "r16", "rxx"}) EXPECT_FALSE(is_register_name(name)) << name;
}

}  // namespace
}  // namespace tether
