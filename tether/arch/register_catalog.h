#pragma once
// RegisterCatalog: every register that a thread has, by name, and where its bytes lie.
//
// The kernel gives the registers in three sets (general, extended state, debug), and some registers lie in several
// pieces: the lower half of ymm0 is xmm0, the upper one is elsewhere. Here they are looked up by name and read and
// written as a row of little-endian bytes.
//
//   const RegisterCatalog catalog = RegisterCatalog::make(Abi::X86_64, host_xstate_layout());
//   const Register* ymm0 = catalog.find("ymm0");
//   std::vector<std::byte> bytes = load(image, *ymm0);        // 32 of them

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tether/arch/abi.h"
#include "tether/arch/general_registers.h"
#include "tether/arch/xstate_layout.h"

namespace tether {

/// What people ask for at once.
enum class RegisterGroup : std::uint8_t { General, Segment, X87, Sse, Avx, Avx512, Debug };
inline constexpr std::size_t kRegisterGroups = 7;

/// "general", "segment", "x87", "sse", "avx", "avx512", "debug".
std::string_view name_of(RegisterGroup group);

/// How a register's bytes are shown if nothing else is asked for.
enum class RegisterKind : std::uint8_t {
  Integer,
  Flags,  ///< bits have names
  Float,  ///< x87's ten bytes
  Vector,
};

/// Which of the kernel's sets a register is in.
enum class RegisterSet : std::uint8_t { General, Xstate, Debug };

/// A run of a register's bytes within its set.
struct RegisterPiece {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
  XstateFeature feature = XstateFeature::X87;  ///< Xstate only
};

struct Register {
  std::string name;
  RegisterGroup group = RegisterGroup::General;
  RegisterKind kind = RegisterKind::Integer;
  RegisterSet set = RegisterSet::General;
  std::vector<RegisterPiece> pieces;  ///< the lowest bytes first

  std::size_t size() const;
};

/// A name for a part of a register: "al" is one byte of rax, at 0.
struct SubRegister {
  std::string name;
  std::string whole;
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
};

/// All registers of one thread at one moment.
struct RegisterImage {
  GeneralRegisters general;
  std::vector<std::byte> xstate;         ///< empty: was not read
  std::array<std::uint64_t, 8> debug{};  ///< dr0…dr7; dr4 and dr5 mean nothing
};

class RegisterCatalog {
 public:
  static RegisterCatalog make(Abi abi, const XstateLayout& layout);

  Abi abi() const { return abi_; }
  /// In the order in which people expect them, group by group.
  std::span<const Register> registers() const { return registers_; }
  /// Null if there is none of that name.
  const Register* find(std::string_view name) const;
  const SubRegister* find_part(std::string_view name) const;
  /// All names, for finding the nearest one.
  std::vector<std::string_view> names() const;

 private:
  Abi abi_ = Abi::X86_64;
  std::vector<Register> registers_;
  std::vector<SubRegister> parts_;
};

/// The register's bytes, the lowest first; zeroes for what the image lacks.
std::vector<std::byte> load(const RegisterImage& image, const Register& reg);
/// Replaces them; `bytes` are as many as it has. Those of the extended state are marked as in use.
void store(RegisterImage& image, const Register& reg, std::span<const std::byte> bytes);

/// A bit of a register that has a name.
struct FlagName {
  std::string_view name;  ///< "ZF"
  std::uint64_t mask = 0;
};
/// Those of eflags and mxcsr; none for other registers.
std::span<const FlagName> flag_names(std::string_view reg);
/// The names of the bits that are set, "PF ZF".
std::string flags_text(std::string_view reg, std::uint64_t value);

}  // namespace tether
