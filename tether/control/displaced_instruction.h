#pragma once
// Executing an instruction whose first byte a breakpoint has replaced, somewhere else. Pure.
//
// The byte stays in place, so that no other thread runs past a lifted breakpoint. What stood there is executed from a
// copy ("slot") that jumps back behind the original; branches, which would lead from the wrong place or push the wrong
// return address, are carried out by tether itself.
//
//   switch (TETHER_TRY(passage_of(instruction, abi))) { … }
//   Displaced copy = TETHER_TRY(displace(instruction, slot, abi));       // copy.code belongs at `slot`

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tether/arch/abi.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"
#include "tether/disasm/disassembler.h"

namespace tether {

/// How a thread gets past an instruction.
enum class Passage : std::uint8_t {
  Skip,       ///< it does nothing: nop, endbr64
  Branch,     ///< a jump, carried out on the registers
  Call,       ///< likewise, with a return address to be written; where that cannot be done, the copy faults as it would
  OutOfLine,  ///< from a copy
};

/// Unsupported for what can be passed in none of these ways: far calls, xbegin, 16-bit branches, and a breakpoint
/// instruction that is the program's own.
Result<Passage> passage_of(const disasm::Instruction& instruction, Abi abi);

/// A copy that does at `slot` what the original does at its place.
struct Displaced {
  std::vector<std::byte> code;
  std::uint8_t length = 0;  ///< of the instruction at its beginning; behind that comes the way back

  static constexpr std::size_t kMostBytes = disasm::Instruction::kMostBytes + 12;
};

/// Unsupported if what it refers to relative to its own place is out of reach from `slot`.
Result<Displaced> displace(const disasm::Instruction& instruction, RemoteAddr slot, Abi abi);

/// Where a thread is that stands at `pc` in the copy, in terms of the original.
RemoteAddr undisplaced(RemoteAddr pc, RemoteAddr slot, const Displaced& displaced,
                       const disasm::Instruction& instruction);

}  // namespace tether
