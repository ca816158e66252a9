#include "tether/arch/calling_convention.h"

#include <sys/user.h>

#include <algorithm>
#include <cstring>

#include "tether/arch/x86_64/registers.h"

namespace tether {

namespace {

#define TETHER_WORD(member) (offsetof(user_regs_struct, member) / sizeof(std::uint64_t))
constexpr std::array<std::size_t, 6> kIntegerWords = {TETHER_WORD(rdi), TETHER_WORD(rsi), TETHER_WORD(rdx),
                                                      TETHER_WORD(rcx), TETHER_WORD(r8),  TETHER_WORD(r9)};
constexpr std::size_t kResultWord = TETHER_WORD(rax);
constexpr std::size_t kSecondResultWord = TETHER_WORD(rdx);
constexpr std::size_t kFlagsWord = TETHER_WORD(eflags);
#undef TETHER_WORD

constexpr std::size_t kVectorArguments = 8;  // xmm0 … xmm7 (System V ABI for x86-64, 3.2.3)
constexpr std::uint64_t kRedZoneSize = 128;  // 3.2.2
constexpr std::uint64_t kStackAlignment = 16;
constexpr std::uint64_t kTrapAndDirection = 0x500;  // EFLAGS.TF, EFLAGS.DF: DF is clear at a call (3.2.1)

void append(std::vector<std::byte>& stack, std::uint64_t value, unsigned size) {
  const auto bytes = std::as_bytes(std::span(&value, 1)).first(size);
  stack.insert(stack.end(), bytes.begin(), bytes.end());
}

/// Sorts the arguments of x86-64 into registers; the others are returned, in their order.
std::vector<std::uint64_t> fill_registers(FunctionFrame& frame, std::span<const FunctionArgument> arguments) {
  std::vector<std::uint64_t> rest;
  std::size_t integers = 0;
  for (const FunctionArgument& argument : arguments) {
    if (argument.kind == FunctionArgument::Kind::Double && frame.vectors.size() < kVectorArguments)
      frame.vectors.push_back(argument.bits);
    else if (argument.kind == FunctionArgument::Kind::Integer && integers < kIntegerWords.size())
      frame.registers.words[kIntegerWords[integers++]] = argument.bits;
    else
      rest.push_back(argument.bits);
  }
  frame.registers.words[kResultWord] = frame.vectors.size();  // al, for functions with variable arguments
  return rest;
}

}  // namespace

std::optional<FunctionFrame> make_frame(Abi abi, const GeneralRegisters& registers, const FunctionCall& call) {
  namespace x86 = arch::x86_64;
  if (call.arguments.size() > kMostFunctionArguments) return std::nullopt;
  FunctionFrame frame{.registers = registers};
  const unsigned word = word_size(abi);
  append(frame.stack, call.return_address, word);
  if (abi == Abi::X86_64) {
    for (const std::uint64_t bits : fill_registers(frame, call.arguments)) append(frame.stack, bits, word);
  } else {
    for (const FunctionArgument& argument : call.arguments)
      append(frame.stack, argument.bits, argument.kind == FunctionArgument::Kind::Double ? sizeof(double) : word);
  }
  const std::uint64_t top = registers.words[x86::kStackPointerWord] - kRedZoneSize;
  // Aligned where the arguments begin, that is: before the call pushed the return address (3.2.2; i386: 2.2.2).
  const std::uint64_t arguments = (top - (frame.stack.size() - word)) & ~(kStackAlignment - 1);
  frame.stack_pointer = arguments - word;
  frame.stack_at_end = arguments;
  frame.registers.words[x86::kStackPointerWord] = frame.stack_pointer;
  frame.registers.words[x86::kInstructionPointerWord] = call.function;
  frame.registers.words[kFlagsWord] &= ~kTrapAndDirection;
  return frame;
}

std::uint64_t first_result(const GeneralRegisters& registers) {
  return registers.words[kResultWord];
}

std::uint64_t second_result(const GeneralRegisters& registers) {
  return registers.words[kSecondResultWord];
}

}  // namespace tether
