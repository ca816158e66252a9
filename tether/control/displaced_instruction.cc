// What a copy needs to behave like its original.
//
// - An operand relative to the instruction pointer gets another displacement. So slots lie within 2 GiB of the code
//   (displacement_area.h).
// - Behind the copy stands a jump to the instruction after the original: a hit costs one stop, not two, and no single
//   step is involved whose trap flag an instruction like pushf could show.
// - `syscall` leaves the address behind itself in rcx; a lea puts the original's there.
// - The instruction pointer that a signal handler finds is mapped back before the signal is delivered
//   (breakpoint_threads.cc); at the copy's beginning the instruction has not been executed, behind it it has.

#include "tether/control/displaced_instruction.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <span>

#include "tether/control/branch_emulation.h"

namespace tether {

using disasm::Flow;
using disasm::Instruction;

namespace {

constexpr std::uint8_t kJumpRelative32 = 0xe9;                     // Intel SDM vol. 2, JMP
constexpr std::uint8_t kLeaRcxRipRelative[] = {0x48, 0x8d, 0x0d};  // LEA with REX.W, ModRM rcx, [rip + disp32]
constexpr std::size_t kDisplacementBytes = sizeof(std::int32_t);

Error not_passable(const Instruction& instruction, std::string_view why) {
  return {.code = ErrorCode::Unsupported,
          .message = "a thread cannot be moved past '" + instruction.text + "': " + std::string(why),
          .hint = "a hardware breakpoint (hw:ADDRESS) replaces no instruction"};
}

/// `target` relative to `end`; nullopt if it does not fit. 32-bit addresses wrap.
std::optional<std::int32_t> displacement(RemoteAddr target, RemoteAddr end, Abi abi) {
  const auto distance = static_cast<std::int64_t>(target.value - end.value);
  if (abi == Abi::I386) return static_cast<std::int32_t>(distance);
  if (distance < std::numeric_limits<std::int32_t>::min() || distance > std::numeric_limits<std::int32_t>::max())
    return std::nullopt;
  return static_cast<std::int32_t>(distance);
}

void put(std::vector<std::byte>& code, std::size_t at, std::int32_t value) {
  if (code.size() < at + kDisplacementBytes) code.resize(at + kDisplacementBytes);
  std::memcpy(code.data() + at, &value, kDisplacementBytes);
}

/// Appends `opcode` with a displacement that leads to `target`.
Result<void> append_relative(Displaced& copy, std::span<const std::uint8_t> opcode, RemoteAddr target, RemoteAddr slot,
                             Abi abi, const Instruction& instruction) {
  for (const std::uint8_t byte : opcode) copy.code.push_back(std::byte{byte});
  const std::size_t at = copy.code.size();
  const auto distance = displacement(target, slot + at + kDisplacementBytes, abi);
  if (!distance) return fail(not_passable(instruction, "its copy would lie too far away"));
  put(copy.code, at, *distance);
  return ok();
}

bool is_copied_as_it_stands(const Instruction& i) {
  return i.flow == Flow::Next || i.flow == Flow::SystemCall || i.flow == Flow::Return || i.flow == Flow::Trap ||
         (i.flow == Flow::Jump && !i.target) || (i.flow == Flow::Interrupt && i.vector == 0x80);
}

}  // namespace

Result<Passage> passage_of(const Instruction& instruction, Abi abi) {
  if (does_nothing(instruction)) return Passage::Skip;
  if (instruction.flow == Flow::Interrupt && instruction.vector == 3)
    return fail(not_passable(instruction, "it is a breakpoint already, the program's own or another debugger's"));
  if (is_copied_as_it_stands(instruction)) return Passage::OutOfLine;
  if (!is_emulated_branch(instruction, abi)) return fail(not_passable(instruction, "no copy of it would do the same"));
  return instruction.flow == Flow::Call ? Passage::Call : Passage::Branch;
}

Result<Displaced> displace(const Instruction& instruction, RemoteAddr slot, Abi abi) {
  Displaced copy{.code = {instruction.code().begin(), instruction.code().end()}, .length = instruction.length};
  const RemoteAddr end = slot + copy.length;
  if (instruction.rip_relative) {
    const auto moved = displacement(instruction.rip_relative->target, end, abi);
    if (!moved) return fail(not_passable(instruction, "its copy would lie too far from what it refers to"));
    put(copy.code, instruction.rip_relative->displacement_offset, *moved);
  }
  // A call whose return address cannot be written is executed here only to fault; should it not, it at least gets
  // there.
  if (instruction.target && instruction.branch_displacement &&
      instruction.branch_displacement->size == kDisplacementBytes) {
    const auto moved = displacement(*instruction.target, end, abi);
    if (!moved) return fail(not_passable(instruction, "its copy would lie too far from where it leads"));
    put(copy.code, instruction.branch_displacement->offset, *moved);
  }
  if (instruction.flow == Flow::SystemCall && abi == Abi::X86_64)
    TETHER_CHECK(append_relative(copy, kLeaRcxRipRelative, instruction.end(), slot, abi, instruction));
  TETHER_CHECK(append_relative(copy, std::span(&kJumpRelative32, 1), instruction.end(), slot, abi, instruction));
  return copy;
}

RemoteAddr undisplaced(RemoteAddr pc, RemoteAddr slot, const Displaced& displaced, const Instruction& instruction) {
  const std::uint64_t offset = pc.value - slot.value;
  return offset < displaced.length ? instruction.address + offset : instruction.end();
}

}  // namespace tether
