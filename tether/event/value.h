#pragma once
// Value: what a system call's argument means, as data.
//
// Decoding makes trees of Values; sinks turn them into strace's text, JSON, rows. A tree is plain data in an
// Arena (arena.h): it owns nothing, is never freed node by node, and lives until its arena is cleared. Raw numbers are
// always kept beside the names that they were given, so that no sink has to parse what another one prints.
//
//   {st_mode=S_IFREG|0644, st_size=7, ...}
//      Record  ├─ label "st_mode"  Symbols {number 0100644, names {S_IFREG}, remainder 0644 in octal}
//              ├─ label "st_size"  Integer 7
//              └─ Elided

#include <cstdint>
#include <span>
#include <string_view>

namespace tether {

enum class ValueKind : std::uint8_t {
  Integer,     ///< number, style
  Address,     ///< number: a pointer that is not followed (or could not be). 0 is NULL.
  Symbols,     ///< number; symbols(): a flag word or an enumerator
  String,      ///< bytes(): text or binary data; `cut` if the tracee's was longer, `terminated` if a NUL ended it
  List,        ///< children(): an array, or what a pointer to scalars points to
  Record,      ///< children(), each with a label
  Change,      ///< children()[0] before the call, children()[1] after it
  Call,        ///< text(): function name, children(): its arguments: makedev(8, 1), htons(80)
  Descriptor,  ///< number: an fd (or AT_FDCWD, see symbols()); text(): what it refers to, if known
  SignalSet,   ///< names in symbols(); `inverted`: all but these
  WaitStatus,  ///< number: a status as wait(2) reports it
  Timestamp,   ///< number: seconds since the epoch, signed; in symbols the fraction, as `remainder` and
               ///< `fraction_digits`
  Verbatim,    ///< text(): a token of the notation itself, such as `&sin6_addr`
  Elided,      ///< an ellipsis: more was there than is wanted
};

/// How the number is best shown to people: strace's choice for this argument.
enum class NumberStyle : std::uint8_t { Signed, Unsigned, Hex, Octal, Mode };

/// The resolved form of a flag word or enumerator.
struct Symbols {
  std::span<const std::string_view> names;  ///< in printing order; for an enumerator exactly one or none
  std::uint64_t remainder = 0;              ///< bits without a name (for an enumerator: the number, if nameless)
  bool show_remainder = false;              ///< the remainder is part of the value even if it is 0 (S_IFREG|000)
  NumberStyle remainder_style = NumberStyle::Hex;
  bool is_flags = true;              ///< names are or-ed; otherwise exactly one was looked up
  std::string_view unknown_tag;      ///< what to call a number without any name: "O_???"
  std::uint8_t fraction_digits = 9;  ///< Timestamp: 9 if the remainder is nanoseconds, 6 if microseconds
};

struct Value {
  ValueKind kind = ValueKind::Integer;
  NumberStyle style = NumberStyle::Signed;
  bool cut : 1 = false;           ///< String, List: the tracee's was longer than what was wanted
  bool terminated : 1 = false;    ///< String: a NUL ended it (its absence prints as "..."... only if also cut)
  bool is_path : 1 = false;       ///< String: a file name; Descriptor never
  bool is_binary : 1 = false;     ///< String: prints as \x escapes whatever the bytes (a hash, a MAC, random bytes)
  bool inverted : 1 = false;      ///< SignalSet
  bool spaced : 1 = false;        ///< List: elements are separated by blanks, not commas ([0 1 2] of fd_set, cpu masks)
  bool is_pid : 1 = false;        ///< Integer: a process or thread id
  bool names_itself : 1 = false;  ///< argument of a call: shown with its label (clone's child_stack=…)
  std::uint32_t count = 0;        ///< how many children, bytes or text characters
  std::uint64_t number = 0;       ///< the raw value, zero-extended from its width (Signed: sign-extended)
  union {
    const Value* children_ = nullptr;
    const char* bytes_;
    const Symbols* symbols_;
  };
  std::string_view name;   ///< Call: function; Descriptor: path; Verbatim: text; otherwise empty
  std::string_view label;  ///< member name in a Record, argument name in a call; may be empty
  std::string_view note;   ///< printed behind it as a comment: /* 23 vars */; may be empty. Descriptor: its details (-yy)

  std::span<const Value> children() const { return {children_, count}; }
  std::string_view bytes() const { return {bytes_, count}; }
  const Symbols& symbols() const { return *symbols_; }
};

}  // namespace tether
