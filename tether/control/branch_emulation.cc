#include "tether/control/branch_emulation.h"

#include <asm/processor-flags.h>

#include <array>
#include <cstring>
#include <span>
#include <string_view>

#include "tether/arch/x86_64/registers.h"

namespace tether {

namespace x86 = arch::x86_64;
using disasm::Flow;
using disasm::Instruction;

namespace {

// Prefixes and opcodes: Intel SDM vol. 2, 2.1.1 and appendix A.
constexpr std::uint8_t kOperandSize = 0x66;
constexpr std::uint8_t kAddressSize = 0x67;
constexpr std::uint8_t kFs = 0x64;
constexpr std::uint8_t kGs = 0x65;
constexpr std::uint8_t kTwoByte = 0x0f;
constexpr std::uint8_t kCallRelative = 0xe8;
constexpr std::uint8_t kGroup5 = 0xff;  // /2: near call
constexpr std::uint8_t kNearCall = 2;

/// The parts of an instruction's encoding that matter here.
struct Encoding {
  std::uint8_t rex = 0;
  std::uint8_t segment = 0;  ///< kFs, kGs, or 0: none that has a base
  bool has_operand_size = false;
  bool has_address_size = false;
  std::span<const std::byte> opcode;  ///< and what follows it

  std::uint8_t byte(std::size_t i) const { return i < opcode.size() ? std::to_integer<std::uint8_t>(opcode[i]) : 0; }
  std::uint8_t modrm() const { return byte(1); }
  std::uint8_t mod() const { return modrm() >> 6; }
  std::uint8_t reg() const { return (modrm() >> 3) & 7; }
  std::uint8_t rm() const { return modrm() & 7; }
};

bool is_other_prefix(std::uint8_t byte) {
  return byte == 0x2e || byte == 0x36 || byte == 0x3e || byte == 0x26 || byte == 0xf0 || byte == 0xf2 || byte == 0xf3;
}

Encoding parse_encoding(const Instruction& instruction, Abi abi) {
  Encoding encoding;
  encoding.opcode = instruction.code();
  for (; encoding.opcode.size() > 1; encoding.opcode = encoding.opcode.subspan(1)) {
    const std::uint8_t byte = encoding.byte(0);
    if (byte == kOperandSize)
      encoding.has_operand_size = true;
    else if (byte == kAddressSize)
      encoding.has_address_size = true;
    else if (byte == kFs || byte == kGs)
      encoding.segment = byte;
    else if (!is_other_prefix(byte))
      break;
  }
  if (abi == Abi::X86_64 && (encoding.byte(0) & 0xf0) == 0x40) {
    encoding.rex = encoding.byte(0);
    encoding.opcode = encoding.opcode.subspan(1);
  }
  return encoding;
}

/// By the numbers that encodings have for registers.
std::uint64_t numbered_register(const GeneralRegisters& registers, Abi abi, unsigned number) {
  static constexpr std::array<std::string_view, 16> k64 = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                                           "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
  static constexpr std::array<std::string_view, 8> k32 = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
  return *find_register(registers, abi, abi == Abi::X86_64 ? k64[number & 15] : k32[number & 7]);
}

std::int32_t read_displacement(const Encoding& encoding, std::size_t at, std::size_t size) {
  if (size == 1) return static_cast<std::int8_t>(encoding.byte(at));
  std::int32_t value = 0;
  if (at + sizeof value <= encoding.opcode.size()) std::memcpy(&value, encoding.opcode.data() + at, sizeof value);
  return value;
}

/// The address that ModRM, SIB and displacement mean (Intel SDM vol. 2, tables 2-2 and 2-3).
std::uint64_t effective_address(const Instruction& instruction, const Encoding& encoding, Abi abi,
                                const GeneralRegisters& registers) {
  if (instruction.rip_relative) return instruction.rip_relative->target.value;
  std::size_t at = 2;
  unsigned base = encoding.rm() | (encoding.rex & 1u) << 3;
  std::uint64_t address = 0;
  const bool has_sib = encoding.rm() == 4;
  if (has_sib) {
    const std::uint8_t sib = encoding.byte(at++);
    base = (sib & 7u) | (encoding.rex & 1u) << 3;
    const unsigned index = ((sib >> 3) & 7u) | (encoding.rex & 2u) << 2;
    if (index != 4) address += numbered_register(registers, abi, index) << (sib >> 6);
  }
  const bool has_no_base = encoding.mod() == 0 && (base & 7) == 5;
  if (!has_no_base) address += numbered_register(registers, abi, base);
  if (encoding.mod() == 1)
    address += static_cast<std::uint64_t>(read_displacement(encoding, at, 1));
  else if (encoding.mod() == 2 || has_no_base)
    address += static_cast<std::uint64_t>(read_displacement(encoding, at, 4));
  if (encoding.has_address_size || abi == Abi::I386) address = static_cast<std::uint32_t>(address);
  if (encoding.segment != 0 && abi == Abi::X86_64)
    address += *find_register(registers, abi, encoding.segment == kFs ? "fs_base" : "gs_base");
  return address;
}

std::optional<std::uint64_t> indirect_target(const Instruction& instruction, const Encoding& encoding, Abi abi,
                                             const GeneralRegisters& registers, MemoryReader& memory) {
  if (encoding.mod() == 3) return numbered_register(registers, abi, encoding.rm() | (encoding.rex & 1u) << 3);
  std::uint64_t target = 0;
  const RemoteAddr at(effective_address(instruction, encoding, abi, registers));
  const auto bytes = std::as_writable_bytes(std::span(&target, 1)).first(word_size(abi));
  if (!memory.read_exactly(at, bytes)) return std::nullopt;
  return target;
}

/// The sixteen conditions of jcc (Intel SDM vol. 2, appendix B.1.4.7).
bool holds(unsigned condition, std::uint64_t flags) {
  const auto is_set = [flags](std::uint64_t flag) { return (flags & flag) != 0; };
  const bool is_less = is_set(X86_EFLAGS_SF) != is_set(X86_EFLAGS_OF);
  const bool results[] = {is_set(X86_EFLAGS_OF),
                          is_set(X86_EFLAGS_CF),
                          is_set(X86_EFLAGS_ZF),
                          is_set(X86_EFLAGS_CF) || is_set(X86_EFLAGS_ZF),
                          is_set(X86_EFLAGS_SF),
                          is_set(X86_EFLAGS_PF),
                          is_less,
                          is_less || is_set(X86_EFLAGS_ZF)};
  return results[(condition >> 1) & 7] != ((condition & 1) != 0);
}

enum LoopOpcode : std::uint8_t { kLoopNotEqual = 0xe0, kLoopEqual = 0xe1, kLoop = 0xe2, kJumpIfZero = 0xe3 };

/// loop, loope, loopne and jrcxz; counts in `registers`.
bool takes_loop(const Encoding& encoding, Abi abi, std::uint64_t flags, GeneralRegisters& registers) {
  std::uint64_t& counter = registers.words[x86::kCounterWord];
  const bool is_narrow = abi == Abi::I386 || encoding.has_address_size;
  const auto seen = [&] { return is_narrow ? static_cast<std::uint32_t>(counter) : counter; };
  const std::uint8_t opcode = encoding.byte(0);
  if (opcode == kJumpIfZero) return seen() == 0;
  --counter;
  if (is_narrow) counter = static_cast<std::uint32_t>(counter);
  const bool is_equal = (flags & X86_EFLAGS_ZF) != 0;
  return seen() != 0 && (opcode == kLoop || is_equal == (opcode == kLoopEqual));
}

bool takes_branch(const Encoding& encoding, Abi abi, GeneralRegisters& registers) {
  const std::uint64_t flags = *find_register(registers, abi, "eflags");
  const std::uint8_t opcode = encoding.byte(0);
  if (opcode >= kLoopNotEqual && opcode <= kJumpIfZero) return takes_loop(encoding, abi, flags, registers);
  return holds(opcode == kTwoByte ? encoding.byte(1) : opcode, flags);
}

}  // namespace

bool does_nothing(const Instruction& instruction) {
  return instruction.text == "nop" || instruction.text.starts_with("nop ") || instruction.text == "endbr64" ||
         instruction.text == "endbr32";
}

bool is_emulated_branch(const Instruction& instruction, Abi abi) {
  const Encoding encoding = parse_encoding(instruction, abi);
  constexpr std::uint8_t kRexW = 8;
  // 16-bit branches; in 32-bit code the address size would make it jcxz, or an address of 16 bits.
  if (encoding.has_operand_size && (encoding.rex & kRexW) == 0) return false;
  if (encoding.has_address_size && abi == Abi::I386) return false;
  // The bases of segments are not among the registers of 32-bit code.
  if (encoding.segment != 0 && abi == Abi::I386 && !instruction.target) return false;
  switch (instruction.flow) {
    case Flow::Call:
      return encoding.byte(0) == kCallRelative || (encoding.byte(0) == kGroup5 && encoding.reg() == kNearCall);
    case Flow::Jump:
      return instruction.target && instruction.branch_displacement;
    case Flow::ConditionalJump: {
      const std::uint8_t opcode = encoding.byte(0);
      return instruction.target && ((opcode & 0xf0) == 0x70 || (opcode >= kLoopNotEqual && opcode <= kJumpIfZero) ||
                                    (opcode == kTwoByte && (encoding.byte(1) & 0xf0) == 0x80));
    }
    default:
      return false;
  }
}

std::optional<GeneralRegisters> emulate_branch(const Instruction& instruction, Abi abi,
                                               const GeneralRegisters& registers, MemoryReader& memory) {
  const Encoding encoding = parse_encoding(instruction, abi);
  GeneralRegisters after = registers;
  std::uint64_t& next = after.words[x86::kInstructionPointerWord];
  if (instruction.flow == Flow::ConditionalJump) {
    next = takes_branch(encoding, abi, after) ? instruction.target->value : instruction.end().value;
  } else if (instruction.target) {
    next = instruction.target->value;
  } else {
    const auto target = indirect_target(instruction, encoding, abi, registers, memory);
    if (!target) return std::nullopt;
    next = *target;
  }
  return after;
}

}  // namespace tether
