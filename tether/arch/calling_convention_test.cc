#include "tether/arch/calling_convention.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstring>

namespace tether {
namespace {

using ArgumentKind = FunctionArgument::Kind;

GeneralRegisters registers_with_stack(std::uint64_t stack_pointer) {
  GeneralRegisters registers;
  for (const RegisterName& name : register_names(Abi::X86_64))
    if (name.name == "rsp") registers.words[name.word] = stack_pointer;
  return registers;
}

std::uint64_t word_at(const FunctionFrame& frame, std::size_t offset, std::size_t size) {
  std::uint64_t value = 0;
  std::memcpy(&value, frame.stack.data() + offset, size);
  return value;
}

TEST(CallingConvention, X86_64FillsRegistersThenTheStack) {
  std::vector<FunctionArgument> arguments;
  for (std::uint64_t i = 1; i <= 8; ++i) arguments.push_back({ArgumentKind::Integer, i});
  arguments.push_back({ArgumentKind::Double, std::bit_cast<std::uint64_t>(1.5)});
  const auto frame = make_frame(Abi::X86_64, registers_with_stack(0x7fff0000'1238),
                                {.function = 0x401000, .return_address = 0x7fff1234, .arguments = arguments});
  ASSERT_TRUE(frame);
  EXPECT_EQ(find_register(frame->registers, Abi::X86_64, "rdi"), 1u);
  EXPECT_EQ(find_register(frame->registers, Abi::X86_64, "rcx"), 4u);
  EXPECT_EQ(find_register(frame->registers, Abi::X86_64, "r9"), 6u);
  EXPECT_EQ(find_register(frame->registers, Abi::X86_64, "rax"), 1u);  // one vector register
  EXPECT_EQ(find_register(frame->registers, Abi::X86_64, "rip"), 0x401000u);
  ASSERT_EQ(frame->vectors.size(), 1u);
  ASSERT_EQ(frame->stack.size(), 3 * 8u);
  EXPECT_EQ(word_at(*frame, 0, 8), 0x7fff1234u);
  EXPECT_EQ(word_at(*frame, 8, 8), 7u);
  EXPECT_EQ(word_at(*frame, 16, 8), 8u);
}

TEST(CallingConvention, TheStackIsAlignedAndTheRedZoneKept) {
  for (std::uint64_t offset = 0; offset < 16; ++offset) {
    for (std::size_t count = 0; count < 10; ++count) {
      const std::vector<FunctionArgument> arguments(count);
      for (const Abi abi : {Abi::X86_64, Abi::I386}) {
        const auto frame = make_frame(abi, registers_with_stack(0xffff0000 + offset), {.arguments = arguments});
        EXPECT_EQ(frame->stack_at_end % 16, 0u);
        EXPECT_EQ(frame->stack_pointer + word_size(abi), frame->stack_at_end);
        EXPECT_LE(frame->stack_pointer + frame->stack.size(), 0xffff0000 + offset - 128);
      }
    }
  }
}

TEST(CallingConvention, I386PutsAllOnTheStack) {
  const FunctionArgument arguments[] = {{ArgumentKind::Integer, 5},
                                        {ArgumentKind::Double, std::bit_cast<std::uint64_t>(2.5)}};
  const auto frame = make_frame(Abi::I386, registers_with_stack(0xffff1000),
                                {.function = 0x8049000, .return_address = 0xf7fd0000, .arguments = arguments});
  ASSERT_TRUE(frame);
  ASSERT_EQ(frame->stack.size(), 4 + 4 + 8u);
  EXPECT_EQ(word_at(*frame, 0, 4), 0xf7fd0000u);
  EXPECT_EQ(word_at(*frame, 4, 4), 5u);
  EXPECT_EQ(word_at(*frame, 8, 8), std::bit_cast<std::uint64_t>(2.5));
}

TEST(CallingConvention, TooManyArgumentsAreRefused) {
  const std::vector<FunctionArgument> arguments(kMostFunctionArguments + 1);
  EXPECT_FALSE(make_frame(Abi::X86_64, registers_with_stack(0x1000), {.arguments = arguments}));
}

}  // namespace
}  // namespace tether
