#include "tether/filter/seccomp_program.h"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/bpf_common.h>
#include <linux/seccomp.h>

#include <cstddef>
#include <random>

namespace tether {
namespace {

/// Runs a program as the kernel would; fails the test on anything that its checker would reject.
std::uint32_t run(const std::vector<BpfInstruction>& program, std::uint32_t arch, std::uint32_t number) {
  std::uint32_t accumulator = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const BpfInstruction& i = program[at];
    switch (i.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        accumulator = i.operand == offsetof(seccomp_data, arch) ? arch : number;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += accumulator == i.operand ? i.jump_true : i.jump_false;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        at += accumulator >= i.operand ? i.jump_true : i.jump_false;
        break;
      case BPF_JMP | BPF_JA:
        at += i.operand;
        break;
      case BPF_RET | BPF_K:
        return i.operand;
      default:
        ADD_FAILURE() << "instruction " << i.code;
        return 0;
    }
  }
  ADD_FAILURE() << "ran off the end";
  return 0;
}

void expect_agreement(const SyscallSelection& selection) {
  const auto program = make_seccomp_program(selection);
  ASSERT_LE(program.size(), 4096u);  // BPF_MAXINSNS
  for (std::uint32_t number = 0; number < 1100; ++number) {
    for (const auto& [abi, arch] : {std::pair<Abi, std::uint32_t>(Abi::X86_64, AUDIT_ARCH_X86_64),
                                    std::pair<Abi, std::uint32_t>(Abi::I386, AUDIT_ARCH_I386)}) {
      const std::uint32_t expected = selection.contains({abi, number}) ? SECCOMP_RET_TRACE : SECCOMP_RET_ALLOW;
      ASSERT_EQ(run(program, arch, number), expected) << abi_name(abi) << " " << number;
    }
  }
  EXPECT_EQ(run(program, AUDIT_ARCH_AARCH64, 56), SECCOMP_RET_ALLOW);
}

TEST(SeccompProgram, AgreesWithItsSelection) {
  expect_agreement(SyscallSelection::none());
  expect_agreement(SyscallSelection::all());
  SyscallSelection one;
  one.insert({Abi::X86_64, 257});
  expect_agreement(one);
  std::mt19937 random(1);
  for (int round = 0; round < 20; ++round) {
    SyscallSelection some;
    for (int i = 0; i < 10 << (round % 6); ++i)
      some.insert({random() % 2 == 0 ? Abi::X86_64 : Abi::I386, static_cast<std::uint32_t>(random() % 470)});
    expect_agreement(some);
  }
}

}  // namespace
}  // namespace tether
