// Types: pointers, and what lies behind those that only the prototype describes.

#include <algorithm>

#include "tools/desc/types.h"

namespace tether::desc {

using decode::Kind;
using decode::TypeNode;
using decode::TypeOp;

decode::TypeId Types::make(const PointerType& type, const Type& whole, const Scope* scope, const CType& c_type) {
  CType inner = c_type.pointee(r_.abi);
  if (inner.is_struct() || inner.name == "void" || inner.name == "char")
    inner = {};  // says nothing that the description does not
  const TypeId pointee =
      type.pointee == nullptr ? default_pointee(type, whole.at, scope, c_type) : resolve(type.pointee, scope, inner);
  const TypeNode* shown = &r_.tables.types[pointee];
  if (shown->op == TypeOp::If) shown = &r_.tables.types[shown->b];  // a number that is there only under a condition
  const TypeNode& behind = *shown;
  const bool is_bare = behind.op == TypeOp::Scalar && stands_bare(static_cast<Kind>(behind.kind));
  const bool is_number = behind.op == TypeOp::Scalar || behind.op == TypeOp::Flags || behind.op == TypeOp::Enum ||
                         behind.op == TypeOp::Bits;
  unsigned flags = decode::kReadsMemory | r_.tables.inherited_flags(pointee);
  if (type.is_in) flags |= decode::kIn;
  if (type.is_out) flags |= decode::kOut | decode::kNeedsExit;
  if (is_number && !is_bare) flags |= decode::kBrackets;
  check_dirfd(type, whole.at);
  TypeNode node{.op = TypeOp::Pointer, .flags = static_cast<std::uint8_t>(flags), .a = pointee};
  node.width = static_cast<std::uint8_t>(c_type.is_known() && !c_type.is_pointer ? c_type.width : r_.word());
  node.b = expressions_.resolve_count(type.sized, scope);
  if (!type.on_errno.empty())
    node.c = static_cast<std::uint32_t>(r_.constants.demand(type.on_errno, whole.at).value_or(0)) |
             (type.is_also_on_success ? decode::kAlsoOnSuccess : 0);
  if (type.is_always) node.c = decode::kEvenIfFailed;
  return r_.tables.types.add(node);
}

decode::TypeId Types::default_pointee(const PointerType& type, const Location& at, const Scope* scope,
                                      const CType& c_type) {
  const CType inner = c_type.pointee(r_.abi);
  if (inner.is_struct()) return of_struct(inner.struct_name(), scope);
  if (!inner.is_known() || inner.name == "void" || inner.name == "char") {
    const std::string word = type.is_in && type.is_out ? "inout" : type.is_in ? "in" : "out";
    r_.error(at,
             quote(word) + " needs to be told what it points to" +
                 (inner.is_known() ? ": the prototype says only '" + inner.name + " *'" : ": no prototype says it"));
  }
  return of_c_type(inner);
}

void Types::check_dirfd(const PointerType& type, const Location& at) {
  if (type.dirfd.empty()) return;
  Suggestion suggestion(type.dirfd);
  for (const BoundArgument& bound : r_.arguments) {
    if (bound.argument->name == type.dirfd) return;
    suggestion.consider(bound.argument->name);
  }
  r_.error(at, "no argument " + quote(type.dirfd) + suggestion.text());
}

}  // namespace tether::desc
