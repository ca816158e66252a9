#include "tools/desc/expressions.h"

#include <algorithm>
#include <bit>

namespace tether::desc {
namespace {

using decode::ExprId;
using decode::ExprNode;
using decode::ExprOp;

/// As an expression's node has it. A bit-field is read through no more bytes than it touches.
std::uint32_t width_of(const Member& member) {
  if (member.bits != 0) return std::bit_ceil((member.bit_offset + member.bits + 7u) / 8u);
  return std::min(member.size, 8u) | (member.kind == 's' ? decode::kSignedField : 0);
}

/// Whether an argument is `inout int`, be it only on a condition: then its name means the number there, as in `sized
/// addrlen`.
bool is_length_pointer(const Argument& argument) {
  const Type* type = argument.type.get();
  if (const auto* choice = type == nullptr ? nullptr : std::get_if<IfType>(&type->what)) type = choice->then.get();
  const auto* pointer = type == nullptr ? nullptr : std::get_if<PointerType>(&type->what);
  if (pointer == nullptr || !pointer->is_in || !pointer->is_out || pointer->pointee == nullptr) return false;
  const auto* named = std::get_if<NamedType>(&pointer->pointee->what);
  return named != nullptr && (named->name == "int" || named->name == "uint") &&
         pointer->pointee->length == Length::None;
}

}  // namespace

ExprId Expressions::resolve(const ExprPtr& expression, const Scope* scope) {
  if (expression == nullptr) return 0;
  const Location& at = expression->at;
  const auto& what = expression->what;
  if (const auto* number = std::get_if<NumberExpr>(&what)) return r_.tables.constant(number->value);
  if (const auto* unary = std::get_if<UnaryExpr>(&what)) return resolve(*unary, scope);
  if (const auto* binary = std::get_if<BinaryExpr>(&what)) return resolve(*binary, scope);
  if (const auto* member = std::get_if<MemberExpr>(&what)) return resolve(*member, at);
  return resolve(std::get<NameExpr>(what), at, scope);
}

ExprId Expressions::resolve_count(const ExprPtr& expression, const Scope* scope) {
  counts_ = true;
  const ExprId id = resolve(expression, scope);
  counts_ = false;
  return id;
}

ExprId Expressions::resolve(const UnaryExpr& unary, const Scope* scope) {
  const ExprId operand = resolve(unary.operand, scope);
  const ExprNode node = r_.tables.exprs[operand];
  if (node.op == ExprOp::Constant) return r_.tables.constant(compute(unary.op, node.value));
  if (unary.op == UnaryOp::Not) return r_.tables.exprs.add({.op = ExprOp::Not, .a = operand});
  const bool is_negated = unary.op == UnaryOp::Negate;  // -x is 0 - x, and ~x is -1 - x
  return r_.tables.exprs.add(
      {.op = ExprOp::Sub, .a = r_.tables.constant(is_negated ? 0 : ~std::uint64_t{0}), .b = operand});
}

ExprId Expressions::resolve(const BinaryExpr& binary, const Scope* scope) {
  const ExprId left = resolve(binary.left, scope);
  const ExprId right = resolve(binary.right, scope);
  const ExprNode& a = r_.tables.exprs[left];
  const ExprNode& b = r_.tables.exprs[right];
  if (a.op == ExprOp::Constant && b.op == ExprOp::Constant)
    if (const auto value = compute(binary.op, a.value, b.value)) return r_.tables.constant(*value);
  return r_.tables.exprs.add({.op = binary.op, .a = left, .b = right});
}

/// ARG.member: a number in the struct that an argument points to; 0 if `structure` names no such argument.
ExprId Expressions::behind_argument(const MemberExpr& expression) {
  for (std::uint32_t i = 0; i < r_.arguments.size(); ++i) {
    const Argument& argument = *r_.arguments[i].argument;
    if (argument.name != expression.structure || argument.type == nullptr) continue;
    const auto* pointer = std::get_if<PointerType>(&argument.type->what);
    if (pointer == nullptr || pointer->pointee == nullptr) continue;
    const auto* named = std::get_if<NamedType>(&pointer->pointee->what);
    const Layout* layout = named == nullptr ? nullptr : r_.layouts.find(named->name);
    const Member* member = layout == nullptr ? nullptr : layout->find(expression.member);
    if (member == nullptr) continue;
    const ExprId base = r_.tables.exprs.add({.op = ExprOp::Arg, .a = i});
    const ExprId address = r_.tables.exprs.add({.op = ExprOp::Add, .a = base, .b = r_.tables.constant(member->offset)});
    return r_.tables.exprs.add({.op = ExprOp::Deref, .a = address, .b = width_of(*member)});
  }
  return 0;
}

ExprId Expressions::resolve(const MemberExpr& expression, const Location& at) {
  if (const ExprId behind = behind_argument(expression); behind != 0) return behind;
  const Layout* layout = r_.layouts.find(expression.structure);
  const Member* member = layout == nullptr ? nullptr : layout->find(expression.member);
  if (member != nullptr) return r_.tables.exprs.add({.op = ExprOp::Here, .a = member->offset, .b = width_of(*member)});
  if (!r_.layouts.has_member(expression.structure, expression.member)) {
    Suggestion suggestion(layout == nullptr ? expression.structure : expression.member);
    if (layout == nullptr)
      r_.layouts.suggest(suggestion);
    else
      for (const Member& known : layout->members) suggestion.consider(known.name);
    r_.error(at, layout == nullptr ? "no struct " + quote(expression.structure) + suggestion.text()
                                   : "struct " + expression.structure + " has no member " + quote(expression.member) +
                                         suggestion.text());
  }
  return 0;
}

ExprId Expressions::resolve(const NameExpr& expression, const Location& at, const Scope* scope) {
  const std::string& name = expression.name;
  if (name == "failed") return r_.tables.exprs.add({.op = ExprOp::Failed});
  if (name == "verbose") return r_.tables.exprs.add({.op = ExprOp::Verbose});
  if (name == "available") return r_.tables.exprs.add({.op = ExprOp::Available});
  if (name == "ret") return r_.tables.exprs.add({.op = ExprOp::Ret});
  const bool is_netlink = name == "netlink_of_fd";
  if (is_netlink || name == "family_of_fd") {
    const auto query = is_netlink ? decode::HostQuery::NetlinkOfFd : decode::HostQuery::FamilyOfFd;
    const ExprId fd = r_.tables.exprs.add({.op = ExprOp::Arg, .a = 0});
    return r_.tables.exprs.add({.op = ExprOp::HostQuery, .a = static_cast<std::uint32_t>(query), .b = fd});
  }
  std::uint8_t level = 0;
  for (const Scope* s = scope; s != nullptr; s = s->outer, ++level)
    if (const Member* member = s->layout->find(name)) return field(*member, level, at);
  for (std::uint32_t i = 0; i < r_.arguments.size(); ++i)
    if (r_.arguments[i].argument->name == name) return argument(i, at);
  if (const auto value = r_.constants.find(name)) return r_.tables.constant(*value);
  return nothing_called(name, at, scope);
}

ExprId Expressions::field(const Member& member, std::uint8_t level, const Location& at) {
  if (!member.is_number())
    r_.error(at, "the field " + quote(member.name) + " is no number but " + quote(member.c_type));
  else if (counts_ && member.kind == 'p')
    r_.error(at, "the field " + quote(member.name) + " is a pointer and cannot be a length");
  const ExprId bytes =
      r_.tables.exprs.add({.op = ExprOp::Field, .level = level, .a = member.offset, .b = width_of(member)});
  if (member.bits == 0) return bytes;
  const ExprId shifted =
      r_.tables.exprs.add({.op = ExprOp::ShiftRight, .a = bytes, .b = r_.tables.constant(member.bit_offset)});
  const std::uint64_t mask = (std::uint64_t{1} << member.bits) - 1;
  return r_.tables.exprs.add({.op = ExprOp::BitAnd, .a = shifted, .b = r_.tables.constant(mask)});
}

ExprId Expressions::argument(std::uint32_t index, const Location& at) {
  const auto& [argument, c_type] = r_.arguments[index];
  const ExprId value = r_.tables.exprs.add({.op = ExprOp::Arg, .a = index});
  if (is_length_pointer(*argument)) return r_.tables.exprs.add({.op = ExprOp::Deref, .a = value, .b = 4});
  const bool is_pointer =
      argument->type == nullptr ? c_type.is_pointer : std::holds_alternative<PointerType>(argument->type->what);
  if (counts_ && is_pointer)
    r_.error(at, "the argument " + quote(argument->name) +
                     " is a pointer and cannot be a length (only 'inout int' means the number there)");
  return value;
}

ExprId Expressions::nothing_called(const std::string& name, const Location& at, const Scope* scope) {
  if (r_.constants.exists(name)) return r_.tables.constant(0);  // a constant that only the other ABI has
  Suggestion suggestion(name);
  for (const Scope* s = scope; s != nullptr; s = s->outer)
    for (const Member& member : s->layout->members) suggestion.consider(member.name);
  for (const BoundArgument& bound : r_.arguments) suggestion.consider(bound.argument->name);
  if (suggestion.text().empty()) r_.constants.suggest(suggestion);
  r_.error(at, "no field, argument or constant is called " + quote(name) + " here" + suggestion.text());
  return 0;
}

}  // namespace tether::desc
