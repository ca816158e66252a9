#pragma once
// ValueExpression: the language in which addresses, values and conditions are given to tether.
//
//   0x7f00 100 64k 1.5                      numbers; k, M, G are powers of 1024
//   rsp rsp-16 eax $rip                     registers, and parts of them
//   main malloc+8 libc:malloc               symbols, also of one module
//   libc+0x28000 'redis-server'+0x10        modules by file name; names with other characters in quotes
//   server.c:120                            where a source line's code begins
//   [stack] [heap] [vdso]                   where a mapping begins
//   u8[a] u16[a] u32[a] u64[a]              memory; also i8…i64 (signed), f32, f64, ptr
//   i32(x) u8(x)                            the same types, as casts
//   + - * / % & | ^ ~ << >> < <= > >= == != && || ! ?: ( )      as in C
//
// Arithmetic is of 64 bits and unsigned, unless both sides are signed or one is signed and the other a number; with a
// floating-point side it is double. The two ends of `?:` need blanks around the colon where names stand beside it:
// `a:b` is the symbol b of module a. A name is a register before it is a symbol, and a symbol before it is a module; in
// quotes it is no register.
//
//   const ValueExpression condition = TETHER_TRY(ValueExpression::parse("i32[rsp+8] < 0 && rdi == main_arena"));
//   const Number value = TETHER_TRY(condition.evaluate({.registers = &registers, .memory = &memory, .names = &names}));
//   if (value.is_true()) …

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tether/arch/general_registers.h"
#include "tether/base/memory_reader.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"

namespace tether::symbol {

class Symbolizer;

/// What an expression is worth.
struct Number {
  enum class Type : std::uint8_t {
    Literal,  ///< an integer that takes the signedness of what it meets
    Unsigned,
    Signed,
    Floating,
  };
  Type type = Type::Unsigned;
  std::uint64_t bits = 0;  ///< of an integer: two's complement
  double floating = 0;     ///< of a Floating

  bool is_true() const { return type == Type::Floating ? floating != 0 : bits != 0; }
  std::int64_t as_signed() const { return static_cast<std::int64_t>(bits); }
  double as_double() const;
};

/// What names mean in one process.
class NameResolver {
 public:
  virtual ~NameResolver() = default;
  /// "malloc", "libc:malloc", "libc.so.6". NotFound if it means nothing.
  virtual Result<RemoteAddr> resolve_name(std::string_view name) = 0;
  /// The start of the mapping "[stack]", "[heap]", "[vdso]" …
  virtual Result<RemoteAddr> resolve_mapping(std::string_view name) = 0;
  virtual Result<RemoteAddr> resolve_line(std::string_view file, std::uint32_t line) = 0;
};

/// Those of a Symbolizer, which must outlive it. A line that has code in several places means the first of them.
std::unique_ptr<NameResolver> names_of(Symbolizer& symbolizer);

/// What an expression may use; what is absent is an error where it is asked for.
struct ValueContext {
  const GeneralRegisters* registers = nullptr;
  Abi abi = Abi::X86_64;  ///< of the registers, and of `ptr[]`
  MemoryReader* memory = nullptr;
  NameResolver* names = nullptr;
};

class ValueExpression {
 public:
  /// Pure. Malformed with the position of what is wrong.
  static Result<ValueExpression> parse(std::string_view text);

  /// Errors: Unsupported for what the context lacks; NotFound for unknown names and registers, and for memory that
  /// cannot be read; Malformed for a division by zero and for bits of a floating-point number.
  Result<Number> evaluate(const ValueContext& context) const;

  /// evaluate(), as an address. Malformed for a floating-point number.
  Result<RemoteAddr> evaluate_address(const ValueContext& context) const;

  /// The same expression with all names but registers replaced by what they mean now: for conditions that are evaluated
  /// often. Errors: those of the resolver.
  Result<ValueExpression> with_names(NameResolver& names) const;

  const std::string& text() const { return text_; }
  bool uses_registers() const;

  struct Node;

 private:
  ValueExpression(std::string text, std::shared_ptr<const Node> root)
      : text_(std::move(text)), root_(std::move(root)) {}
  std::string text_;
  std::shared_ptr<const Node> root_;
};

}  // namespace tether::symbol
