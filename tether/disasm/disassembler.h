#pragma once
// Disassembler: one instruction of x86-64 or i386 code from its bytes: its text, and what a debugger has to know of it.
//
// Bytes in, values out: it reads no process. Zydis does the decoding; its library is loaded when a Disassembler is
// opened, so that a program which never disassembles does not pay for it at its start.
//
//   const Disassembler disassembler = TETHER_TRY(Disassembler::open());
//   const Instruction i = TETHER_TRY(disassembler.decode(bytes, RemoteAddr(0x401000), Abi::X86_64, name_of));
//   // i.text == "call 0x401136 <main>", i.flow == Flow::Call, i.target == 0x401136, i.length == 5

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tether/arch/abi.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"

namespace tether::disasm {

/// Where an instruction leads.
enum class Flow : std::uint8_t {
  Next,             ///< to the one behind it
  Call,             ///< near or far
  Return,           ///< near, far, iret
  Jump,             ///< always
  ConditionalJump,  ///< also loop and jrcxz
  SystemCall,       ///< syscall, sysenter
  Interrupt,        ///< int, int3, int1, into
  Trap,             ///< ud0, ud1, ud2, hlt: it does not get beyond
};

/// A memory operand relative to the instruction pointer: what has to be corrected in a copy that runs elsewhere.
struct RipRelative {
  std::uint8_t displacement_offset = 0;  ///< of its four little-endian bytes within the instruction
  RemoteAddr target;                     ///< what it refers to
};

/// A branch displacement: likewise.
struct BranchDisplacement {
  std::uint8_t offset = 0;  ///< within the instruction
  std::uint8_t size = 0;    ///< 1, 2 or 4 bytes
};

struct Instruction {
  static constexpr std::size_t kMostBytes = 15;  ///< Intel SDM vol. 2, 2.3.11

  RemoteAddr address;
  std::uint8_t length = 0;
  std::array<std::byte, kMostBytes> bytes{};
  std::string text;  ///< Intel syntax
  Flow flow = Flow::Next;
  std::optional<RemoteAddr> target;    ///< of a branch whose target stands in the instruction
  std::optional<std::uint8_t> vector;  ///< of an interrupt: 0x80 for int 0x80
  std::optional<RipRelative> rip_relative;
  std::optional<BranchDisplacement> branch_displacement;
  bool is_repeated = false;          ///< rep, repe, repne of a string instruction: a single step does one round of it
  bool pushes_flags = false;         ///< pushf: stores the trap flag that a single step has set
  bool pops_flags = false;           ///< popf, iret: may clear it
  bool loads_stack_segment = false;  ///< mov ss, pop ss: the step ends behind the instruction after it

  RemoteAddr end() const { return address + length; }
  std::span<const std::byte> code() const { return std::span(bytes).first(length); }
  bool is_branch() const {
    return flow == Flow::Call || flow == Flow::Return || flow == Flow::Jump || flow == Flow::ConditionalJump;
  }
};

/// What is known of an address ("main+0x10"); empty: nothing.
using NameAddress = std::function<std::string(RemoteAddr)>;

class Disassembler {
 public:
  /// Unsupported if the library of Zydis is not installed, or is another version than tether was built with.
  static Result<Disassembler> open();
  Disassembler(Disassembler&&) noexcept;
  Disassembler& operator=(Disassembler&&) noexcept;
  ~Disassembler();

  /// The instruction at the beginning of `code`, which lies at `at`. Addresses in its text are followed by their
  /// `<name>`. Malformed if the bytes are none, or end too early. May be called from several threads at once.
  Result<Instruction> decode(std::span<const std::byte> code, RemoteAddr at, Abi abi,
                             const NameAddress& name = {}) const;

  /// Instruction after instruction until `most`, until the code ends or until bytes are none.
  std::vector<Instruction> decode_all(std::span<const std::byte> code, RemoteAddr at, Abi abi,
                                      const NameAddress& name = {}, std::size_t most = SIZE_MAX) const;

  /// How many bytes the whole instructions occupy that cover the first `least` bytes of `code`: what a patch of that
  /// many bytes must replace. Malformed if it meets bytes that are no instruction.
  Result<std::size_t> whole_instructions(std::span<const std::byte> code, RemoteAddr at, Abi abi,
                                         std::size_t least) const;

  /// The start of the instruction that ends at `boundary`, if `code` begins with an instruction (a function's start).
  /// Absent if `boundary` lies within an instruction, at the start or outside of `code`.
  std::optional<RemoteAddr> find_previous(std::span<const std::byte> code, RemoteAddr start, RemoteAddr boundary,
                                          Abi abi) const;

 private:
  struct Decoders;
  explicit Disassembler(std::unique_ptr<Decoders> decoders);
  std::unique_ptr<Decoders> decoders_;
};

}  // namespace tether::disasm
