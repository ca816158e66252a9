#pragma once
// The syntax tree of descriptions/*.desc: what docs/description-language.md describes, as data.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tether/decode/tables.h"

namespace tether::desc {

struct Location {
  std::string file;
  int line = 0;
};

// ── Expressions ──────────────────────────────────────────────────────────────────────────────────────────────────

struct Expr;
using ExprPtr = std::shared_ptr<const Expr>;  // shared: an `if EXPR { FIELDS }` gives its condition to each field

struct NumberExpr {
  std::uint64_t value = 0;
};
struct NameExpr {
  std::string name;
};  ///< a field, an argument, a constant, `ret`, a host query
struct MemberExpr {
  std::string structure, member;
};  ///< `head.field`: of what lies where the type begins
enum class UnaryOp : std::uint8_t { Not, Negate, Complement };
struct UnaryExpr {
  UnaryOp op;
  ExprPtr operand;
};
struct BinaryExpr {
  decode::ExprOp op;
  ExprPtr left, right;
};

struct Expr {
  Location at;
  std::variant<NumberExpr, NameExpr, MemberExpr, UnaryExpr, BinaryExpr> what;
};

// ── Sets ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/// One operand of a set: constants and patterns in braces, a bare pattern, `enum c_enum`, or another set.
struct SetTerm {
  enum class Kind : std::uint8_t { Glob, List, CEnum, Named } kind = Kind::Glob;
  std::string name;                ///< Glob, CEnum, Named
  std::vector<std::string> items;  ///< List: constants and patterns
  bool is_subtracted = false;
  Location at;
};

struct SetExpr {
  std::vector<SetTerm> terms;
  std::vector<std::string> headers;  ///< the `from` in force where it stands
  std::string text;                  ///< as it was written, on one line
  std::optional<std::string> tag;    ///< SET "X_???": the comment on an unknown number; none: what the names share
  Location at;
};

// ── Types ────────────────────────────────────────────────────────────────────────────────────────────────────────

struct Type;
using TypePtr = std::shared_ptr<const Type>;

struct Field {
  std::string shown;  ///< its label; equals `name` unless `shown = name`
  std::string name;
  TypePtr type;  ///< null: by its C type
  bool is_full = false;
  ExprPtr condition;  ///< null: always there
  Location at;
};

/// A discriminator's value: a constant or a number, and a second one where the choice has two keys.
struct Label {
  std::string first, second;
};

struct Case {
  std::vector<Label> labels;  ///< empty: else
  TypePtr type;
  Location at;
};

/// A kind, type, bits, struct, union or records by its name; parameters only for kinds.
struct NamedType {
  std::string name;
  std::vector<ExprPtr> arguments;
  std::string text;      ///< be16("htons")
  std::string text_set;  ///< be16("htons", SET): names of the numbers; empty: none
};
struct FlagsType {
  SetExpr set;
  bool is_mask = false;    ///< `mask SET`: the bits are 1 << the set's numbers
  std::uint8_t width = 0;  ///< `u16 flags`: in bytes; 0: the C type's
};
struct EnumType {
  std::optional<SetExpr> set;  ///< none: `enum cases`, the labels of the call's variants
  std::uint8_t width = 0;
  bool is_or_number = false;  ///< `or int`: what has no name is a plain number
};
/// Bytes of a `seq` that are passed over: as many as the type takes.
struct SkipType {
  TypePtr passed;  ///< null: nothing, the value is left out
};
struct ChoiceType {
  std::vector<ExprPtr> keys;  ///< one or two
  std::vector<Case> cases;
};
struct IfType {
  ExprPtr condition;
  TypePtr then, otherwise;  ///< otherwise: null: the value is left out
};
struct RecordType {
  std::vector<Field> fields;
};
struct SeqType {
  std::vector<TypePtr> parts;
};
struct PointerType {
  bool is_in = false, is_out = false;
  TypePtr pointee;                  ///< null: as the prototype says
  ExprPtr sized;                    ///< bytes behind it; null: unlimited
  std::string on_errno;             ///< valid although the call failed with it
  bool is_also_on_success = false;  ///< `also on`
  bool is_always = false;           ///< `always`: also if the call failed
  std::string dirfd;                ///< the argument that a path is relative to
};

enum class Length : std::uint8_t { None, Given, Ret, WithinRet, Available };

struct Type {
  Location at;
  std::variant<NamedType, FlagsType, EnumType, ChoiceType, IfType, RecordType, SeqType, SkipType, PointerType> what;
  Length length = Length::None;    ///< the suffix [n], [ret], [n within ret], []
  ExprPtr count;                   ///< Given, WithinRet
  std::optional<SetExpr> indexes;  ///< `indexed SET`: the names of the elements' numbers
  std::uint8_t first_index = 0;    ///< `from 1`: the number of the first
};

// ── Items ────────────────────────────────────────────────────────────────────────────────────────────────────────

struct FusedFlag {
  std::string constant, suffix;
};

struct BitsPartItem {
  decode::BitsPartOp op = decode::BitsPartOp::Flags;
  SetExpr set;                   ///< Enum, Flags
  ExprPtr mask;                  ///< all but Flags and Fuse
  std::vector<FusedFlag> fused;  ///< Fuse
  std::string shift;             ///< Shifted: the constant by which the number is shifted
  Location at;
};
struct BitsItem {
  std::string name;
  std::vector<BitsPartItem> parts;
  Location at;
};
struct SetItem {
  std::string name;
  SetExpr set;
  Location at;
};
struct TypeItem {
  std::string name;
  TypePtr type;
  Location at;
};
struct StructItem {
  std::string c_name;
  std::string name;        ///< c_name unless `as NAME`
  std::optional<Abi> abi;  ///< `for ABI`; none: both, unless another item is for one
  ExprPtr sized;
  std::vector<Field> fields;
  std::string same_as;  ///< not empty: the fields of that struct, on this one's layout
  Location at;
};
struct UnionItem {
  std::string name;
  TypePtr choice;
  Location at;
};
struct LayoutMember {
  std::string name, type;
  Location at;
};
struct LayoutItem {
  std::string name;
  std::vector<LayoutMember> members;
  Location at;
};
struct RecordsItem {
  std::string name, header, length_field;
  std::string align;  ///< a number, `long`, or empty: 1
  std::string brief;  ///< `brief count "entries"`
  std::vector<Field> fields;
  std::string body_label;
  TypePtr body;  ///< null: none
  Location at;
};
struct Argument {
  std::string shown;  ///< its label; equals `name` unless `shown = name`
  std::string name;
  std::vector<std::string> registers;  ///< `shown = A B`: the prototype's name for it in one ABI or the other
  TypePtr type;                        ///< null: as the prototype says
  bool is_skip = false;
  bool is_wide = false;  ///< 64 bits, also on i386
  Location at;
};
struct Variant {
  std::vector<std::string> labels;  ///< empty: else
  std::vector<Argument> arguments;
  Location at;
};
struct CallItem {
  std::vector<std::string> names;
  std::optional<Abi> abi;  ///< `for ABI`; none: both, unless another item is for one
  std::vector<Argument> arguments;
  ExprPtr key;  ///< null: no variants
  std::vector<Variant> variants;
  TypePtr result;  ///< null: a plain number
  std::string note;
  std::vector<std::string> classes;
  Location at;
};
struct IoctlItem {
  std::vector<Case> cases;           ///< a label may be a pattern
  std::vector<std::string> headers;  ///< in which patterns look
  Location at;
};
struct SockoptItem {
  std::string level;
  SetExpr set;
  std::vector<Case> cases;
  Location at;
};
struct ConstItem {
  std::string name;
  ExprPtr value;
  Location at;
};
struct FromItem {
  std::vector<std::string> headers;
  Location at;
};

/// All items of all files, in the order of reading.
struct Descriptions {
  std::vector<FromItem> froms;
  std::vector<ConstItem> consts;
  std::vector<LayoutItem> layouts;
  std::vector<SetItem> sets;
  std::vector<BitsItem> bits;
  std::vector<TypeItem> types;
  std::vector<StructItem> structs;
  std::vector<UnionItem> unions;
  std::vector<RecordsItem> records;
  std::vector<CallItem> calls;
  std::vector<IoctlItem> ioctls;
  std::vector<SockoptItem> sockopts;
  std::vector<SetExpr> ignored;  ///< `ignore`: constants that the audit need not list
};

}  // namespace tether::desc
