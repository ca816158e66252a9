#include "tether/arch/general_registers.h"

#include <gtest/gtest.h>
#include <sys/user.h>

#include <cstring>
#include <set>
#include <string>

namespace tether {
namespace {

TEST(GeneralRegisters, AreFoundByNameInTheirAbi) {
  user_regs_struct user = {};
  user.rax = 0x1111222233334444;
  user.orig_rax = 59;
  user.rip = 0x401000;
  user.eflags = 0x246;
  GeneralRegisters registers;
  std::memcpy(registers.words.data(), &user, sizeof user);
  EXPECT_EQ(find_register(registers, Abi::X86_64, "rax"), 0x1111222233334444u);
  EXPECT_EQ(find_register(registers, Abi::X86_64, "orig_rax"), 59u);
  EXPECT_EQ(find_register(registers, Abi::I386, "eax"), 0x33334444u);
  EXPECT_EQ(find_register(registers, Abi::I386, "eip"), 0x401000u);
  EXPECT_EQ(find_register(registers, Abi::I386, "rax"), std::nullopt);
  EXPECT_EQ(find_register(registers, Abi::X86_64, "eax"), std::nullopt);
}

TEST(GeneralRegisters, EachAbiNamesEachWordOnce) {
  for (const Abi abi : {Abi::X86_64, Abi::I386}) {
    std::set<std::string_view> names;
    std::set<int> words;
    for (const RegisterName& r : register_names(abi)) {
      EXPECT_TRUE(names.insert(r.name).second) << r.name;
      EXPECT_TRUE(words.insert(r.word).second) << r.name;
    }
  }
  EXPECT_EQ(register_names(Abi::X86_64).size(), sizeof(user_regs_struct) / 8);
}

}  // namespace
}  // namespace tether
