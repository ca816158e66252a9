#pragma once
// CallExpression: what `tether call` is to do, as C would write it. Pure.
//
//   openat(AT_FDCWD, "x.txt", O_RDWR|O_CREAT, 0600)
//   read(0, &buf[64], 64)                            a buffer that is shown afterwards
//   writev(1, u64["hi\n", 3], 1)                     an array; "…" in it is the address of the string
//   libm:pow(2.0, 0.5)
//
// Numbers may be computed: | & ^ ~ << >> + - * and parentheses, decimal, hexadecimal, octal, 'c'. A number with a point
// is a double. [1, 2] is an array of int, or of pointers if a string is in it; u8[…] u16 u32 u64 i8 i16 i32 i64 int
// long ptr double say otherwise. &NAME[N] is N bytes of memory, &TYPE[N] room for N of TYPE.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tether/arch/abi.h"
#include "tether/base/result.h"
#include "tether/cli/json_output.h"
#include "tether/control/remote_arguments.h"

namespace tether::cli {

struct CallExpression {
  std::string callee;  ///< what stands before the parenthesis: "getpid", "libc:puts", "0x401136"
  std::vector<RemoteArgument> arguments;
};

/// What a word means that is no number, as the argument with this index.
using WordLookup = std::function<Result<std::uint64_t>(std::size_t argument, std::string_view word)>;

/// What stands before the first parenthesis. Malformed if there is none.
Result<std::string> parse_callee(std::string_view text);

/// Errors: Malformed, with the place; those of `lookup`.
Result<CallExpression> parse_call(std::string_view text, Abi abi, const WordLookup& lookup);

/// An element of an array, of a buffer, or a function's result.
struct ElementType {
  std::string_view name;
  std::uint8_t size = 0;  ///< bytes; 0: a word
  enum class Kind : std::uint8_t { Signed, Unsigned, Address, Double, Float } kind = Kind::Signed;
};
std::optional<ElementType> find_element_type(std::string_view name);

/// The contents of a labelled argument after the call: `buf = "hello"`, `u32[2] = [3, 4]`.
std::string show_output(const RemoteArgument& argument, Abi abi, std::span<const std::byte> bytes);

/// The same for JSON: {"label": "buf", "bytes": "hello"}, {"label": "u32[2]", "values": [3, 4]}.
Json output_json(const RemoteArgument& argument, Abi abi, std::span<const std::byte> bytes);

/// A value of this type in text.
std::string show_element(const ElementType& type, std::uint64_t bits, Abi abi);

/// The same for JSON: a number, beyond 2^53 a string of its digits; an address as "0x7f00".
Json element_json(const ElementType& type, std::uint64_t bits, Abi abi);

}  // namespace tether::cli
