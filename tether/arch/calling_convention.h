#pragma once
// How a function is called: where its arguments lie and where its result is found, by the System V ABIs of x86-64
// (registers, then the stack) and i386 (the stack: cdecl). Pure.
//
//   auto frame = make_frame(Abi::X86_64, registers, {.function = f, .return_address = ret, .arguments = arguments});
//   // write frame->stack at frame->stack_pointer, set the registers, run; it has returned at frame->stack_at_end

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tether/arch/abi.h"
#include "tether/arch/general_registers.h"

namespace tether {

/// An argument as C passes it: whole numbers and addresses, or a double.
struct FunctionArgument {
  enum class Kind : std::uint8_t { Integer, Double } kind = Kind::Integer;
  std::uint64_t bits = 0;  ///< of a double: its representation
};

struct FunctionFrame {
  std::vector<std::byte> stack;  ///< to be written at the stack pointer: the return address and what lies above it
  std::uint64_t stack_pointer = 0;
  std::uint64_t stack_at_end = 0;      ///< the stack pointer when the function has returned
  GeneralRegisters registers;          ///< to begin with; the instruction pointer is the function
  std::vector<std::uint64_t> vectors;  ///< the low halves of xmm0…, x86-64 only
};

struct FunctionCall {
  std::uint64_t function = 0;
  std::uint64_t return_address = 0;
  std::span<const FunctionArgument> arguments;
};

/// The frame of a call on the stack of a thread whose registers are `registers`, below what it uses now. nullopt if
/// there are more arguments than kMostFunctionArguments.
std::optional<FunctionFrame> make_frame(Abi abi, const GeneralRegisters& registers, const FunctionCall& call);

inline constexpr std::size_t kMostFunctionArguments = 64;

/// A whole number or an address that a function has returned: rax.
std::uint64_t first_result(const GeneralRegisters& registers);

/// The second half of a 64-bit result, which i386 returns in edx:eax; of one of 128 bits on x86-64.
std::uint64_t second_result(const GeneralRegisters& registers);

}  // namespace tether
