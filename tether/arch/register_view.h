#pragma once
// RegisterView: a register, or a part of it, looked at as values of some type; and what may be assigned to one.
//
//   rax  al  r8d  st0  ymm3  eflags        as it is
//   xmm0.f32  ymm3.u64  k1.u8              as a row of values
//   xmm0.f32[2]                            one of them
//   eflags.zf                              one bit
//
//   RegisterView view = TETHER_TRY(parse_register_view(catalog, "xmm0.f32[2]"));
//   std::string text = format_view(view, image);                              // "3.5"
//   RegisterAssignment set = TETHER_TRY(parse_register_assignment(catalog, "eflags+=TF|DF"));
//   std::vector<std::byte> bytes = TETHER_TRY(evaluate(set, image, {}));      // what eflags would then hold

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tether/arch/register_catalog.h"
#include "tether/base/result.h"

namespace tether {

struct RegisterView {
  enum class Type : std::uint8_t {
    Unsigned,  ///< in hexadecimal
    Decimal,   ///< unsigned, in decimal: a lane that was asked for as u32
    Signed,
    Float,
    Flags,  ///< hexadecimal, and the names of the bits
    Bit,
  };
  const Register* reg = nullptr;  ///< of the catalog, which must outlive the view
  std::string text;               ///< as it was asked for
  Type type = Type::Unsigned;
  std::uint32_t offset = 0;  ///< of the first value within the register
  std::uint32_t width = 0;   ///< of one value, in bytes
  std::uint32_t count = 1;   ///< of values
  std::uint32_t bit = 0;     ///< Bit: which
};

/// Errors: NotFound for a name that is no register, with the nearest; Malformed for a type that does not fit, an index
/// beyond the last.
Result<RegisterView> parse_register_view(const RegisterCatalog& catalog, std::string_view text);

/// The register as it is shown when only its name is given.
RegisterView whole_view(const Register& reg);

/// The values as text, the first first; without brackets if there is one.
std::string format_view(const RegisterView& view, const RegisterImage& image);
/// Each value by itself.
std::vector<std::string> format_values(const RegisterView& view, const RegisterImage& image);

/// "0x" and the bytes' digits, the highest byte first.
std::string hex_text(std::span<const std::byte> little_endian);

struct RegisterAssignment {
  enum class Operator : std::uint8_t { Set, Add, Remove };  ///< = += -=
  RegisterView target;
  Operator op = Operator::Set;
  std::string value;
};

/// Whether a word is an assignment: has a `=`.
bool is_register_assignment(std::string_view word);

/// "NAME=VALUE", "NAME+=VALUE", "NAME-=VALUE". Errors: those of parse_register_view.
Result<RegisterAssignment> parse_register_assignment(const RegisterCatalog& catalog, std::string_view word);

/// What an integer may be besides a number: "main", "rsp-16". Absent: nothing.
using ResolveValue = std::function<Result<std::uint64_t>(std::string_view)>;

/// What the whole register would hold after the assignment. Values: numbers (0x…, decimal, negative) that fit the
/// width, floating-point numbers, names of flags (ZF|PF), rows with commas. += and -= set and clear flags, and add and
/// subtract numbers. Errors: Malformed for what is no such value or does not fit; those of `resolve`.
Result<std::vector<std::byte>> evaluate(const RegisterAssignment& assignment, const RegisterImage& image,
                                        const ResolveValue& resolve);

}  // namespace tether
