#pragma once
// Tables: everything that descriptions/ and facts/ say about system calls, as plain arrays.
//
// tools/desc resolves the descriptions once per ABI at build time and writes these arrays (generated tables.cc). All
// references are indexes into sibling arrays, never pointers: no relocations, shareable between processes, safe to read
// in an agent. Index 0 of `types`, `exprs` and of `strings` is reserved for "none" / the empty string. The walker
// (walker.h) interprets them; it trusts them, since the host tool has checked every index.
//
// The language is described in docs/description-language.md; what each node means at run time is said here.

#include <cstdint>
#include <span>
#include <string_view>

#include "tether/arch/abi.h"

namespace tether::decode {

using StringId = std::uint32_t;  ///< offset of a NUL-terminated string in Tables::strings; 0 is ""
using TypeId = std::uint32_t;    ///< index into Tables::types; 0: none
using ExprId = std::uint32_t;    ///< index into Tables::exprs; 0: none
using SetId = std::uint32_t;     ///< index into Tables::sets

// ── Expressions ────────────────────────────────────────────────────────────────────────────────────────────────────

enum class ExprOp : std::uint8_t {
  None,
  Constant,   ///< value
  Arg,        ///< a: index of the call's argument (a register as the caller's C type: sign- or zero-extended)
  Field,      ///< a: offset, b: width | kSignedField, level: enclosing scopes to go up (see Scopes)
  Ret,        ///< the call's return value; 0 if it failed
  HostQuery,  ///< a: HostQuery, b: ExprId of the fd: something only the capture knew
  BitAnd,
  BitOr,
  Add,
  Sub,
  ShiftLeft,
  ShiftRight,  ///< a, b: operands
  Equal,
  NotEqual,
  Less,
  Greater,
  LessEqual,
  GreaterEqual,  ///< signed comparison
  Has,           ///< (a & b) != 0
  And,
  Or,      ///< logical
  Not,     ///< a
  Deref,   ///< a: ExprId of an address, b: width | kSignedField: the number there; 0 if unreadable (an `inout` length)
  Here,    ///< a: offset, b: width | kSignedField: a field of what lies where the type being decoded begins: the key of
           ///< `union … by head.field`, whose Choice stands where the head lies
  Failed,  ///< 1 once the call has failed
  Verbose,    ///< 1 if whole structures are wanted (-v)
  Available,  ///< how many bytes there are from where the type being decoded begins; asked of a field: of its struct
};

// Scopes: what `level` counts. Every Struct being walked is one; so is the header of a record of a Records (its body
// lies within it); and in a Seq, each element that is a struct stays one for the elements behind it: in `seq { rtmsg,
// rta_route[] }`, level 0 in a route attribute is its header, level 1 the rtmsg, level 2 what encloses the Seq. A
// pointer, array, choice or condition is no scope. A struct's own `sized`, and the conditions and types of its fields,
// see the struct itself as level 0; a Pointer's `sized` sees the scope in which the pointer lies.

/// NetlinkOfFd: the netlink protocol of a descriptor; FamilyOfFd: its address family (AF_*); all ones if unknown.
enum class HostQuery : std::uint8_t { NetlinkOfFd, FamilyOfFd };

inline constexpr std::uint32_t kSignedField = 0x100;

struct ExprNode {
  ExprOp op = ExprOp::None;
  std::uint8_t level = 0;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint64_t value = 0;
};

// ── Types ──────────────────────────────────────────────────────────────────────────────────────────────────────────

enum class TypeOp : std::uint8_t {
  None,
  Scalar,   ///< kind; a: parameter of the kind (a SetId, ExprId, StringId: kind.h says)
  Flags,    ///< a: SetId
  Enum,     ///< a: SetId; flags: kSigned: what has no name is a plain signed number
  Bits,     ///< a: index into Tables::bits
  Text,     ///< kind: one of the text kinds (kind.h); a: length ExprId or 0; c: LengthMode
  Array,    ///< a: element TypeId; b: count ExprId; c: LengthMode | (SetId + 1 of the indexes' names) <<
            ///< kIndexNamesShift; kind: the number of the first element among these names
  Struct,   ///< a: index into Tables::structs
  Choice,   ///< a: index into Tables::choices
  If,       ///< a: ExprId, b: TypeId if true, c: TypeId if not (0: the value is left out)
  Seq,      ///< a: first index into Tables::type_lists, b: count: values laid one behind the other
  Records,  ///< a: index into Tables::records: a TLV sequence filling the available bytes
  Pointer,  ///< a: pointee TypeId; b: ExprId of the bytes available behind it (`sized`) or 0; c: 0, or the errno on
            ///< which alone an out pointer is valid, | kAlsoOnSuccess: also if the call did not fail; flags: direction
  Skip,     ///< a register that this variant of the call does not use; in a Seq: `width` bytes that are passed over
};

inline constexpr unsigned kIndexNamesShift = 8;
inline constexpr std::uint32_t kAlsoOnSuccess = 0x10000;
inline constexpr std::uint32_t kEvenIfFailed = 0x20000;  ///< alone in Pointer's c: whether the call failed or not

enum TypeFlag : std::uint8_t {
  kSigned = 1,        ///< Scalar: sign-extend
  kIn = 2,            ///< Pointer: valid before the call
  kOut = 4,           ///< Pointer: valid after it; with kIn: before => after
  kNeedsExit = 8,     ///< this type or a part of it can only be decoded at the exit
  kReadsMemory = 16,  ///< this type or a part of it follows a pointer
  kBrackets = 32,  ///< Pointer: a scalar pointee prints in brackets, [5] (set unless the pointee is text or a struct)
};

enum class LengthMode : std::uint32_t {
  Given,      ///< the expression's value, in elements (Text: bytes)
  Ret,        ///< the return value, in elements (Text: bytes)
  WithinRet,  ///< the expression's value, but all such arrays of the call share the return value as a budget of bytes
  Available,  ///< whatever the enclosing `sized` (or field) leaves
};

struct TypeNode {
  TypeOp op = TypeOp::None;
  std::uint8_t kind = 0;   ///< Kind (kind.h) for Scalar and Text
  std::uint8_t width = 0;  ///< bytes that a value of it takes in memory, 1…8 for scalars and pointers, 0 otherwise
  std::uint8_t flags = 0;  ///< TypeFlag
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint32_t c = 0;
};

struct FieldNode {
  StringId label = 0;        ///< what it is shown as; "" prints bare
  std::uint32_t offset = 0;  ///< from the start of its struct
  TypeId type = 0;
  ExprId condition = 0;         ///< present only if true
  std::uint8_t bit_offset = 0;  ///< of a bit-field, from `offset`'s byte
  std::uint8_t bit_width = 0;   ///< 0: not a bit-field
  bool only_verbose = false;    ///< in a `full` block
  bool skip_if_zero = false;    ///< padding and reserved fields of undescribed structs
};

struct StructNode {
  StringId name = 0;
  std::uint32_t first_field = 0;
  std::uint32_t field_count = 0;
  std::uint32_t size = 0;
  ExprId sized = 0;  ///< bytes that the caller says are there; fields beyond them are left out
};

struct ChoiceCase {
  std::uint64_t key = 0;
  std::uint64_t second_key = 0;
  TypeId type = 0;
};

/// Cases are sorted by (key, second_key).
struct ChoiceNode {
  ExprId key = 0;
  ExprId second_key = 0;  ///< 0: one key
  std::uint32_t first_case = 0;
  std::uint32_t case_count = 0;
  TypeId otherwise = 0;
};

/// A sequence of header + body, each as long as the header's length field says, aligned.
struct RecordsNode {
  std::uint32_t header_struct = 0;  ///< index into structs: the fields shown
  std::uint32_t header_size = 0;
  std::uint32_t length_offset = 0;  ///< of the length field in the header
  std::uint8_t length_width = 0;
  std::uint8_t align = 0;
  StringId body_label = 0;  ///< the body is the record's last member; "" or "data": it stands apart: [{header}, body]
  TypeId body = 0;
  StringId brief = 0;  ///< not 0: without -v print only /* N entries */, with this word for "entries" (in the plural)
};

// ── Names of numbers ───────────────────────────────────────────────────────────────────────────────────────────────

struct SetEntry {
  std::uint64_t value = 0;
  StringId name = 0;
};

/// Enumerators (`sorted`): ascending by value, one name per value. Flags: in printing order, composites first.
struct SetNode {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  StringId tag = 0;  ///< "O_???": how an unknown number is commented
  bool sorted = false;
};

/// Octal, Decimal: the bits in the mask as a number, 0600. Shifted: 21<<MAP_HUGE_SHIFT.
enum class BitsPartOp : std::uint8_t { Enum, Flags, Fuse, Octal, Decimal, Shifted };

struct BitsPart {
  BitsPartOp op = BitsPartOp::Flags;
  SetId set = 0;           ///< Shifted: the StringId of the shift's name
  std::uint64_t mask = 0;  ///< `in MASK`
};

struct BitsNode {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

// ── Calls ──────────────────────────────────────────────────────────────────────────────────────────────────────────

struct ArgNode {
  StringId label = 0;
  TypeId type = 0;
  std::uint8_t reg = 0;         ///< index of the register that it begins at (a 64-bit argument on i386 takes two)
  std::uint8_t cast_width = 8;  ///< bytes of the register that the prototype's C type has; 8 on i386: two registers
  bool cast_signed = false;
  bool is_labelled = false;  ///< always shown with its label: clone(child_stack=NULL, flags=…)
};

struct CallVariant {
  std::uint64_t key = 0;
  std::uint32_t first_arg = 0;
  std::uint8_t arg_count = 0;
  TypeId ret = 0;  ///< 0: that of the call
};

enum CallFlag : std::uint8_t {
  kNeverReturns = 1,      ///< exit, exit_group, and what is entered but never left
  kEntryReadsMemory = 2,  ///< the capture at entry may read memory or fds
  kExitReadsMemory = 4,
  kIsDescribed = 8,  ///< a description exists; otherwise the arguments come from the prototype alone
};

struct CallNode {
  StringId name = 0;
  std::uint32_t first_arg = 0;  ///< the fixed arguments; of a call with variants: those before the choice
  std::uint8_t arg_count = 0;
  std::uint8_t flags = 0;
  std::uint8_t result_note = 0;     ///< ResultNote (kind.h): what strace prints in parentheses behind the result
  TypeId ret = 0;                   ///< 0: plain signed number
  std::uint32_t classes = 0;        ///< ClassBits
  ExprId variant_key = 0;           ///< not 0: choose among the variants by its value
  std::uint32_t first_variant = 0;  ///< sorted by key; one more at the end is the `else`
  std::uint32_t variant_count = 0;  ///< without the `else`
};

/// i386: from here on the rows are of calls that are made within socketcall(2) and ipc(2) only; no number leads to
/// them.
inline constexpr std::uint32_t kFirstSubcall = 1000;

struct IoctlNode {
  std::uint64_t code = 0;
  StringId name = 0;
  TypeId type = 0;  ///< of the argument; 0: a bare number
};

inline constexpr std::uint64_t kOtherSockopt = 0xffffffff;

struct SockoptNode {
  std::uint64_t level = 0;
  std::uint64_t option = 0;  ///< kOtherSockopt, without a name: what those of the level are that are not listed
  StringId name = 0;
  TypeId type = 0;
};

/// A set (as an Enum type), type or struct of the descriptions, by its name there: for irregular code, which names the
/// few tables that it needs (signal names, si_code values, errno names).
struct NamedTypeNode {
  StringId name = 0;
  TypeId type = 0;
};

/// One ABI's tables. `calls` is indexed by system call number; gaps have name 0; kFirstSubcall and what follows is for
/// redirected calls.
struct Tables {
  std::string_view strings;
  std::span<const CallNode> calls;
  std::span<const CallVariant> variants;
  std::span<const ArgNode> args;
  std::span<const TypeNode> types;
  std::span<const TypeId> type_lists;
  std::span<const ExprNode> exprs;
  std::span<const StructNode> structs;
  std::span<const FieldNode> fields;
  std::span<const ChoiceNode> choices;
  std::span<const ChoiceCase> cases;
  std::span<const RecordsNode> records;
  std::span<const SetNode> sets;
  std::span<const SetEntry> set_entries;
  std::span<const BitsNode> bits;
  std::span<const BitsPart> bits_parts;
  std::span<const IoctlNode> ioctls;           ///< sorted by code
  std::span<const SockoptNode> sockopts;       ///< sorted by (level, option)
  std::span<const NamedTypeNode> named_types;  ///< sorted by name

  std::string_view string(StringId id) const { return strings.data() + id; }
  /// True if a program can make a call by this number.
  bool has_call(std::uint64_t number) const {
    return number < calls.size() && number < kFirstSubcall && calls[number].name != 0;
  }
};

/// How the length of an Array is said.
constexpr LengthMode length_mode(const TypeNode& array) {
  return static_cast<LengthMode>(array.c & ((1U << kIndexNamesShift) - 1));
}

/// The generated tables of an ABI; valid for the life of the program.
const Tables& tables(Abi abi);

}  // namespace tether::decode
