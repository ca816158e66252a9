#include "tether/control/branch_emulation.h"

#include <asm/processor-flags.h>
#include <gtest/gtest.h>

#include <cstring>
#include <initializer_list>
#include <map>

#include "tether/arch/x86_64/registers.h"

namespace tether {
namespace {

using disasm::Disassembler;
using disasm::Instruction;

constexpr RemoteAddr kCode(0x401000);

Instruction decode(std::initializer_list<int> code, Abi abi) {
  static const Result<Disassembler> opened = Disassembler::open();
  std::vector<std::byte> bytes;
  for (const int value : code) bytes.push_back(static_cast<std::byte>(value));
  return opened->decode(bytes, kCode, abi).value();
}

/// Words at addresses.
class Words final : public MemoryReader {
 public:
  explicit Words(std::map<std::uint64_t, std::uint64_t> words) : words_(std::move(words)) {}
  std::size_t read_some(RemoteAddr addr, std::span<std::byte> out) override {
    const auto found = words_.find(addr.value);
    if (found == words_.end()) return 0;
    std::memcpy(out.data(), &found->second, out.size());
    return out.size();
  }

 private:
  std::map<std::uint64_t, std::uint64_t> words_;
};

struct Machine {
  Abi abi = Abi::X86_64;
  GeneralRegisters registers{};
  std::map<std::uint64_t, std::uint64_t> memory{};

  Machine& set(std::string_view name, std::uint64_t value) {
    for (const RegisterName& known : register_names(abi))
      if (known.name == name) registers.words[known.word] = value;
    return *this;
  }
  std::optional<GeneralRegisters> run(std::initializer_list<int> code) const {
    Words words(memory);
    const Instruction instruction = decode(code, abi);
    EXPECT_TRUE(is_emulated_branch(instruction, abi)) << instruction.text;
    return emulate_branch(instruction, abi, registers, words);
  }
  /// Where it leads; 0 if its target cannot be read.
  std::uint64_t goes_to(std::initializer_list<int> code) const {
    const auto after = run(code);
    return after ? after->words[arch::x86_64::kInstructionPointerWord] : 0;
  }
};

TEST(EmulateBranch, CallsAndJumps) {
  Machine machine;
  EXPECT_EQ(machine.goes_to({0xe8, 0x10, 0, 0, 0}), 0x401015u);
  EXPECT_EQ(machine.goes_to({0xeb, 0xfe}), 0x401000u);
  EXPECT_EQ(machine.goes_to({0xe9, 0, 1, 0, 0}), 0x401105u);
  machine.set("rax", 0x7000).set("r11", 0x8000);
  EXPECT_EQ(machine.goes_to({0xff, 0xd0}), 0x7000u);
  EXPECT_EQ(machine.goes_to({0x41, 0xff, 0xd3}), 0x8000u);
}

TEST(EmulateBranch, CallsThroughMemory) {
  Machine machine{
      .memory = {
          {0x401016, 0x1111}, {0x7010, 0x2222}, {0x9028, 0x3333}, {0xa018, 0x4444}, {0x500, 0x5555}, {0xb100, 0x6666}}};
  machine.set("rax", 0x7000).set("rsp", 0x9020).set("r12", 0xa000).set("rcx", 3).set("fs_base", 0xb000);
  EXPECT_EQ(machine.goes_to({0xff, 0x15, 0x10, 0, 0, 0}), 0x1111u);           // [rip + 0x10]
  EXPECT_EQ(machine.goes_to({0xff, 0x50, 0x10}), 0x2222u);                    // [rax + 0x10]
  EXPECT_EQ(machine.goes_to({0xff, 0x54, 0x24, 0x08}), 0x3333u);              // [rsp + 8]
  EXPECT_EQ(machine.goes_to({0x41, 0xff, 0x14, 0xcc}), 0x4444u);              // [r12 + rcx*8]
  EXPECT_EQ(machine.goes_to({0xff, 0x14, 0x25, 0, 5, 0, 0}), 0x5555u);        // [0x500]
  EXPECT_EQ(machine.goes_to({0x64, 0xff, 0x14, 0x25, 0, 1, 0, 0}), 0x6666u);  // fs:[0x100]
  EXPECT_EQ(machine.goes_to({0xff, 0x50, 0x20}), 0u);                         // not readable
}

TEST(EmulateBranch, AddressesOf32BitCodeWrap) {
  Machine machine{.abi = Abi::I386, .memory = {{0x10, 0x1234}}};
  machine.set("eax", 0xffff'fff0);
  EXPECT_EQ(machine.goes_to({0xff, 0x50, 0x20}), 0x1234u);  // [eax + 0x20]
}

TEST(EmulateBranch, ConditionsAreThoseOfTheFlags) {
  struct Case {
    int opcode;
    std::uint64_t taken;
    std::uint64_t not_taken;
  };
  const Case cases[] = {
      {0x70, X86_EFLAGS_OF, 0},
      {0x71, 0, X86_EFLAGS_OF},
      {0x72, X86_EFLAGS_CF, X86_EFLAGS_ZF},
      {0x74, X86_EFLAGS_ZF, X86_EFLAGS_CF},
      {0x75, 0, X86_EFLAGS_ZF},
      {0x76, X86_EFLAGS_ZF, X86_EFLAGS_SF},
      {0x77, X86_EFLAGS_SF, X86_EFLAGS_CF},
      {0x78, X86_EFLAGS_SF, X86_EFLAGS_OF},
      {0x7a, X86_EFLAGS_PF, 0},
      {0x7c, X86_EFLAGS_SF, X86_EFLAGS_SF | X86_EFLAGS_OF},
      {0x7d, X86_EFLAGS_SF | X86_EFLAGS_OF, X86_EFLAGS_OF},
      {0x7e, X86_EFLAGS_ZF, 0},
      {0x7f, 0, X86_EFLAGS_OF},
  };
  for (const Case& one : cases) {
    Machine machine;
    machine.set("eflags", one.taken);
    EXPECT_EQ(machine.goes_to({one.opcode, 0x10}), 0x401012u) << std::hex << one.opcode;
    EXPECT_EQ(machine.goes_to({0x0f, one.opcode + 0x10, 0x10, 0, 0, 0}), 0x401016u) << std::hex << one.opcode;
    machine.set("eflags", one.not_taken);
    EXPECT_EQ(machine.goes_to({one.opcode, 0x10}), 0x401002u) << std::hex << one.opcode;
  }
}

TEST(EmulateBranch, LoopsCount) {
  Machine machine;
  machine.set("rcx", 2);
  const auto once = machine.run({0xe2, 0x10});
  EXPECT_EQ(once->words[arch::x86_64::kCounterWord], 1u);
  EXPECT_EQ(once->words[arch::x86_64::kInstructionPointerWord], 0x401012u);
  machine.set("rcx", 1);
  EXPECT_EQ(machine.goes_to({0xe2, 0x10}), 0x401002u);
  machine.set("rcx", 0);
  EXPECT_EQ(machine.goes_to({0xe3, 0x10}), 0x401012u);
  machine.set("rcx", std::uint64_t{1} << 32);
  EXPECT_EQ(machine.goes_to({0xe3, 0x10}), 0x401002u);
  EXPECT_EQ(machine.goes_to({0x67, 0xe3, 0x10}), 0x401013u);  // jecxz
}

TEST(IsEmulatedBranch, LeavesOut16BitAndFarOnes) {
  EXPECT_FALSE(is_emulated_branch(decode({0x66, 0xe9, 0, 0}, Abi::I386), Abi::I386));
  EXPECT_FALSE(is_emulated_branch(decode({0xff, 0x18}, Abi::X86_64), Abi::X86_64));
  EXPECT_FALSE(is_emulated_branch(decode({0x65, 0xff, 0x15, 0x10, 0, 0, 0}, Abi::I386), Abi::I386));
  EXPECT_FALSE(is_emulated_branch(decode({0x55}, Abi::X86_64), Abi::X86_64));
}

}  // namespace
}  // namespace tether
