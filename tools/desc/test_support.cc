#include "tools/desc/test_support.h"

#include <cstdlib>
#include <sstream>

#include "tools/desc/kinds.h"
#include "tools/desc/parser.h"

namespace tether::desc::testing {
namespace {

using decode::ExprOp;
using decode::LengthMode;
using decode::TypeOp;

constexpr const char* kHeader = R"(# linux/t.h
const T_NONE 0x0
const T_READ 0x1
const T_WRITE 0x2
const T_EXEC 0x4
const T_RW 0x3
const T_LOW 0x18
const T_HIGH 0x30
const T_MASK 0xf0
const T_ONLY64 0x8 -
const S_FIRST 0x1
const S_SECOND 0x2
const S_ALSO_SECOND 0x2
enum color C_RED C_GREEN
const C_RED 0x0
const PT_GET 0x80087401
const PT_SET 0x40047402
const C_GREEN 0x1
ioctl PT_GET 0x80087401 = out struct point
ioctl PT_SET 0x40047402 = in int
ioctl PT_RESET 0x7403 = none -
struct point 8 8
field x 0 4 0 4 s int
field y 4 4 4 4 s int
struct node 40 28
field next 0 8 0 4 p struct node *
field where 8 8 4 8 S struct point
field name 16 4 12 4 c[4] char[4]
field port 20 2 16 2 u __be16
field count 24 8 20 4 u unsigned long
field wide 32 8 - - u __u64
field pad 36 4 24 4 u __u32
struct packed 4 4
bitfield low 0 0 0 0 3 u unsigned int
bitfield high 0 3 0 3 9 u unsigned int
struct record 8 8
field len 0 2 0 2 u __u16
field kind 2 2 2 2 u __u16
field tail 4 4 4 4 u[4] __u8[4]
)";

constexpr const char* kCalls =
    "x86_64\t0\tread\tsys_read\tunsigned int fd; char __user *buf; size_t count\n"
    "x86_64\t1\tpoint\tsys_point\tstruct point __user *p\n"
    "x86_64\t2\tcontrol\tsys_control\tint fd; unsigned int cmd; unsigned long arg\n"
    "x86_64\t3\ttruncate\tsys_truncate\tconst char __user *path; loff_t length\n"
    "x86_64\t4\tnode\tsys_node\tconst struct node __user *n; void __user *data; size_t size; int __user *len\n"
    "x86_64\t5\tpause\tsys_pause\t-\n"
    "i386\t0\tread\tsys_read\tunsigned int fd; char __user *buf; size_t count\n"
    "i386\t3\ttruncate\tsys_truncate\tconst char __user *path; u32 length_lo; u32 length_hi\n"
    "i386\t4\told_read\tsys_old_read\tstruct point __user *arg\n";

class Shower {
 public:
  explicit Shower(const TableBuilder& tables) : t_(tables) {}

  std::string call(const decode::CallNode& node) const {
    std::string text = string(node.name) + arguments(node.first_arg, node.arg_count);
    if (node.variant_key != 0) {
      text += " by " + expression(node.variant_key);
      for (std::uint32_t i = 0; i <= node.variant_count; ++i) {
        const decode::CallVariant& variant = t_.variants[node.first_variant + i];
        text += i == node.variant_count ? " else" : " " + hex(variant.key);
        text += arguments(variant.first_arg, variant.arg_count);
      }
    }
    if ((node.flags & decode::kNeverReturns) != 0) text += " -> never";
    if (node.ret != 0) text += " -> " + type(node.ret);
    return text;
  }
  std::string set(decode::SetId id) const {
    const decode::SetNode& node = t_.sets[id];
    std::string text;
    for (std::uint32_t i = 0; i < node.count; ++i) {
      const decode::SetEntry& entry = t_.set_entries[node.first + i];
      text += (i == 0 ? "" : " ") + string(entry.name) + "=" + hex(entry.value);
    }
    return text;
  }
  std::string string(decode::StringId id) const { return t_.strings.bytes().c_str() + id; }

 private:
  static std::string hex(std::uint64_t value) {
    std::ostringstream out;
    out << "0x" << std::hex << value;
    return out.str();
  }

  std::string arguments(std::uint32_t first, std::uint32_t count) const {
    std::string text = "(";
    for (std::uint32_t i = 0; i < count; ++i) {
      const decode::ArgNode& argument = t_.args[first + i];
      text += (i == 0 ? "" : ", ") + string(argument.label) + "@" + std::to_string(argument.reg) + ": " +
              type(argument.type);
    }
    return text + ")";
  }

  std::string type(decode::TypeId id) const {
    const decode::TypeNode& node = t_.types[id];
    switch (node.op) {
      case TypeOp::None:
        return "nothing";
      case TypeOp::Scalar:
        return kind(node) + std::to_string(node.width * 8u);
      case TypeOp::Flags:
        return "flags{" + set(node.a) + "}";
      case TypeOp::Enum:
        return "enum{" + set(node.a) + "}";
      case TypeOp::Bits:
        return "bits";
      case TypeOp::Text:
        return kind(node) + length(node.c, node.a);
      case TypeOp::Array:
        return type(node.a) + length(node.c, node.b);
      case TypeOp::Struct:
        return structure(t_.structs[node.a]);
      case TypeOp::Choice:
        return choice(t_.choices[node.a]);
      case TypeOp::If:
        return type(node.b) + " if " + expression(node.a) + (node.c == 0 ? "" : " else " + type(node.c));
      case TypeOp::Seq:
        return "seq";
      case TypeOp::Records:
        return "records{" + type(t_.records[node.a].body) + "}";
      case TypeOp::Pointer:
        return pointer(node);
      case TypeOp::Skip:
        return "skip";
    }
    return "?";
  }
  std::string kind(const decode::TypeNode& node) const {
    for (const KindName& known : all_kinds())
      if (static_cast<std::uint8_t>(known.kind) == node.kind) return std::string(known.name);
    return "?";
  }
  std::string length(std::uint32_t mode, decode::ExprId count) const {
    switch (static_cast<LengthMode>(mode)) {
      case LengthMode::Given:
        return "[" + expression(count) + "]";
      case LengthMode::Ret:
        return "[ret]";
      case LengthMode::WithinRet:
        return "[" + expression(count) + " within ret]";
      case LengthMode::Available:
        return "[]";
    }
    return "?";
  }
  std::string structure(const decode::StructNode& node) const {
    std::string text = string(node.name) + "{";
    for (std::uint32_t i = 0; i < node.field_count; ++i) {
      const decode::FieldNode& field = t_.fields[node.first_field + i];
      text += (i == 0 ? "" : ", ") + string(field.label) + "+" + std::to_string(field.offset) + ": " + type(field.type);
      if (field.condition != 0) text += " if " + expression(field.condition);
      if (field.only_verbose) text += " full";
    }
    return text + "}" + (node.sized == 0 ? "" : " sized " + expression(node.sized));
  }
  std::string choice(const decode::ChoiceNode& node) const {
    std::string text = "by " + expression(node.key) + "{";
    for (std::uint32_t i = 0; i < node.case_count; ++i) {
      const decode::ChoiceCase& one = t_.cases[node.first_case + i];
      text += hex(one.key) + ": " + type(one.type) + ", ";
    }
    return text + "else: " + type(node.otherwise) + "}";
  }
  std::string pointer(const decode::TypeNode& node) const {
    const bool is_in = (node.flags & decode::kIn) != 0;
    const bool is_out = (node.flags & decode::kOut) != 0;
    std::string text = (is_in && is_out ? "inout " : is_in ? "in " : "out ") + type(node.a);
    if (node.b != 0) text += " sized " + expression(node.b);
    if (node.c != 0) text += " on " + std::to_string(node.c);
    return text;
  }
  std::string expression(decode::ExprId id) const {
    const decode::ExprNode& node = t_.exprs[id];
    switch (node.op) {
      case ExprOp::Constant:
        return hex(node.value);
      case ExprOp::Arg:
        return "arg" + std::to_string(node.a);
      case ExprOp::Field:
        return "field+" + std::to_string(node.a) + "^" + std::to_string(node.level);
      case ExprOp::Here:
        return "here+" + std::to_string(node.a);
      case ExprOp::Ret:
        return "ret";
      case ExprOp::Deref:
        return "*" + expression(node.a);
      case ExprOp::Not:
        return "!" + expression(node.a);
      case ExprOp::HostQuery:
        return "host(" + expression(node.b) + ")";
      default:
        return "(" + expression(node.a) + " op" + std::to_string(static_cast<unsigned>(node.op)) + " " +
               expression(node.b) + ")";
    }
  }

  const TableBuilder& t_;
};

struct Outcome {
  Descriptions descriptions;
  Diagnostics diagnostics;
  Resolved resolved;
};

Outcome resolve_text(const std::string& text) {
  Outcome outcome;
  parse_description("t.desc", text, outcome.descriptions, outcome.diagnostics);
  outcome.resolved = resolve(small_facts(), outcome.descriptions, outcome.diagnostics);
  return outcome;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + line;
  return text;
}

}  // namespace

const Facts& small_facts() {
  static const Facts facts = [] {
    Facts made;
    if (!parse_header_facts(kHeader, "linux/t.h", made).has_value() || !parse_call_facts(kCalls, made).has_value())
      std::abort();
    return made;
  }();
  return facts;
}

std::vector<std::string> messages(const std::string& text) {
  return resolve_text(text).diagnostics.messages();
}

std::string only_message(const std::string& text) {
  return joined(messages(text));
}

std::string show_call(const std::string& text, const std::string& name, Abi abi) {
  const Outcome outcome = resolve_text(text);
  if (!outcome.diagnostics.empty()) return joined(outcome.diagnostics.messages());
  const Shower shower(outcome.resolved.tables);
  for (const decode::CallNode& node : outcome.resolved.tables.own[abi].calls)
    if (shower.string(node.name) == name) return shower.call(node);
  return "no call";
}

std::string show_set(const std::string& text, const std::string& name) {
  const Outcome outcome = resolve_text(text);
  if (!outcome.diagnostics.empty()) return joined(outcome.diagnostics.messages());
  const Shower shower(outcome.resolved.tables);
  for (const decode::NamedTypeNode& node : outcome.resolved.tables.own[Abi::X86_64].named_types)
    if (shower.string(node.name) == name) return shower.set(outcome.resolved.tables.types[node.type].a);
  return "no set";
}

}  // namespace tether::desc::testing
