#pragma once
// The syntax tree of descriptions/*.desc. See docs/description-language.md.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tether::desc {

struct Location {
  std::string file;
  int line = 0;
};

// ── Expressions ──────────────────────────────────────────────────────────────────────────────────────────────────
struct Expr;
using ExprPtr = std::shared_ptr<Expr>;
struct Expr {
  enum class Kind { Number, Name, Member, Unary, Binary } kind = Kind::Number;
  Location at;
  std::uint64_t number = 0;
  std::string name;    ///< Name; Member: struct; Unary, Binary: operator
  std::string member;  ///< Member
  ExprPtr left, right;
};

// ── Sets ─────────────────────────────────────────────────────────────────────────────────────────────────────────
struct SetTerm {
  enum class Kind { Glob, List, CEnum, Named, Cases } kind = Kind::Glob;
  std::string name;                ///< Glob, CEnum, Named
  std::vector<std::string> items;  ///< List: names and globs
  bool is_subtracted = false;
  Location at;
};
struct SetExpr {
  std::vector<SetTerm> terms;
  std::vector<std::string> headers;  ///< the `from` in force where it stands
  Location at;
};

// ── Types ────────────────────────────────────────────────────────────────────────────────────────────────────────
struct Type;
using TypePtr = std::shared_ptr<Type>;

struct Field {
  std::string shown;  ///< label; equals `name` unless `shown = name`
  std::string name;
  TypePtr type;       ///< null: by C type
  bool is_full = false;
  ExprPtr condition;
  Location at;
};

struct Case {
  std::vector<std::vector<std::string>> labels;  ///< each one or two constants; empty: else
  TypePtr type;
  Location at;
};

enum class Length { None, Given, Ret, WithinRet, Available };

struct Type {
  enum class Kind { Name, Flags, Enum, Choice, If, Record, Seq, Pointer, Skip, Default } kind = Kind::Name;
  Location at;
  std::string name;                ///< Name: kind, type, struct, union, records
  std::vector<ExprPtr> arguments;  ///< Name(...): kind parameters
  std::string text;                ///< Name("htons")
  std::string text_set;            ///< Name("htons", SET)
  std::string width;               ///< Flags, Enum: u8 … u64 before it
  SetExpr set;                     ///< Flags, Enum
  bool is_cases = false;           ///< enum cases
  bool is_or_number = false;       ///< enum SET or int: what has no name is a plain signed number
  std::vector<ExprPtr> keys;       ///< Choice
  std::vector<Case> cases;         ///< Choice
  std::vector<Field> fields;       ///< Record
  std::vector<TypePtr> parts;      ///< Seq
  bool is_in = false, is_out = false;
  std::string on_errno;
  bool is_also = false;            ///< Pointer: also on ERRNO: valid on success, too
  TypePtr pointee;                 ///< Pointer; null: by prototype. Skip: a kind whose size is passed over
  ExprPtr condition;               ///< If
  TypePtr otherwise;               ///< If: else; may be null
  TypePtr then;
  Length length = Length::None;    ///< suffix [EXPR] …
  ExprPtr count;
  ExprPtr sized;
  std::string at_dirfd;
};

// ── Items ────────────────────────────────────────────────────────────────────────────────────────────────────────
struct BitsPartItem {
  enum class Kind { Enum, Flags, Fuse, Octal, Decimal, Shifted } kind = Kind::Flags;
  SetExpr set;
  ExprPtr mask;
  std::vector<std::pair<std::string, std::string>> fused;
  std::string shift;  ///< Shifted: the constant that is the shift
};
struct BitsItem { std::string name; std::vector<BitsPartItem> parts; Location at; };
struct SetItem { std::string name; SetExpr set; Location at; };
struct TypeItem { std::string name; TypePtr type; Location at; };
struct StructItem {
  std::string c_name, name;
  ExprPtr sized;
  std::vector<Field> fields;
  std::string same_as;
  bool has_fields = true;
  Location at;
};
struct UnionItem { std::string name; TypePtr choice; Location at; };
struct LayoutItem { std::string name; std::vector<std::pair<std::string, std::string>> fields; Location at; };
struct RecordsItem {
  std::string name, header, length_field, align, brief;
  std::vector<Field> fields;
  std::string body_label;
  TypePtr body;
  Location at;
};
struct Argument {
  std::string name;
  std::string shown;
  std::vector<std::string> registers;  ///< shown = A B: where the prototype has A, or B; always printed with its label
  TypePtr type;
  bool is_skip = false;
  bool is_wide = false;  ///< two registers on i386
  Location at;
};
struct Variant { std::vector<std::string> labels; std::vector<Argument> arguments; Location at; };
struct CallItem {
  std::vector<std::string> names;
  std::vector<Argument> arguments;
  ExprPtr key;
  std::vector<Variant> variants;
  TypePtr result;
  std::string note;
  std::vector<std::string> classes;
  std::vector<std::string> headers;
  Location at;
};
struct IoctlItem { std::vector<Case> cases; std::vector<std::string> headers; Location at; };  ///< a label may be a glob over the headers
struct SockoptItem { std::string level; SetExpr set; std::vector<Case> cases; Location at; };
struct ConstItem { std::string name; ExprPtr value; Location at; };

struct File {
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
};

}  // namespace tether::desc
