#pragma once
// ValueType: what bytes of memory mean: numbers, pointers, text, and structures of them, by a short notation.
//
//   u32  i8  f64  ptr            one number; ptr is as wide as the process's pointers
//   u16[8]  str[16]  wstr[4]     several; a text of 16 bytes, or of 4 wchar_t
//   str  wstr                    a text up to its NUL
//   {id:u32,name:str[16],next:ptr}   a structure, laid out as C lays it out; `packed{…}`: without gaps
//
//   const ValueType type = TETHER_TRY(parse_value_type("{id:u32,next:ptr}[4]", 8));
//   size_of(type) == 64

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tether/base/result.h"
#include "tether/control/change.h"

namespace tether {

struct StructField;

struct ValueType {
  enum class Kind : std::uint8_t { Unsigned, Signed, Float, Pointer, Text, WideText, Structure };
  Kind kind = Kind::Unsigned;
  std::size_t width = 1;  ///< bytes of one element: of a number, of a character, of a structure with its gaps
  std::size_t alignment = 1;
  /// How many, if it is an array. A Text or WideText without it ends at its NUL.
  std::optional<std::uint64_t> count;
  std::vector<StructField> fields;  ///< of a Structure

  bool is_text() const { return kind == Kind::Text || kind == Kind::WideText; }
  bool is_number() const { return kind != Kind::Structure && !is_text(); }
};

struct StructField {
  std::string name;
  std::size_t offset = 0;
  ValueType type;
};

/// `word` is 4 or 8: the size of the process's pointers; it also decides the alignment of 64-bit numbers in structures
/// (System V ABI: 4 on i386). Malformed, saying where.
Result<ValueType> parse_value_type(std::string_view text, std::size_t word);

/// In bytes; absent for a text that ends at its NUL.
std::optional<std::uint64_t> size_of(const ValueType& type);

/// The notation of it, without its fields: "u32[8]", "structure".
std::string name_of(const ValueType& type);

/// One number of a type, widened: the union of what the kinds need.
struct Number {
  ValueType::Kind kind = ValueType::Kind::Unsigned;
  std::uint64_t bits = 0;  ///< Unsigned, Pointer; Signed sign-extended
  double real = 0;         ///< Float
  std::size_t width = 8;   ///< of the type; decides how many digits a Float has
};

/// The number in the first `type.width` bytes.
Number read_number(const ValueType& type, const std::byte* bytes);

/// "42", "-3", "0x2a". Malformed if it is none, or does not fit the type.
Result<Number> parse_number(std::string_view text, const ValueType& type);

/// Its `type.width` little-endian bytes.
Bytes bytes_of(const Number& number, const ValueType& type);

/// -1, 0, 1: numbers of one kind in their order. Not-a-numbers are greater than all others and equal among themselves.
int compare(const Number& a, const Number& b);

/// "42", "-3", "3.14": as parse_number() reads it.
std::string format_number(const Number& number);

}  // namespace tether
