#pragma once
// Walker, first part: expressions, choices, and the dispatch on types. Included by walker.h.

#include "tether/decode/internal/leaf.h"
#include "tether/decode/internal/lookup.h"
#include "tether/decode/internal/walker.h"

namespace tether::decode {

template <class Memory, class Tree>
const CallVariant* Walker<Memory, Tree>::choose_variant() {
  const CallNode& node = *call_.node;
  if (node.variant_key == 0) return nullptr;
  const std::uint64_t key = evaluate(node.variant_key, nullptr);
  return &find_variant(tables_, node, key);
}

template <class Memory, class Tree>
std::uint64_t Walker<Memory, Tree>::evaluate(ExprId expression, const Scope* scope, const Place* here) {
  if (expression == 0) return 0;
  const ExprNode& node = tables_.exprs[expression];
  switch (node.op) {
    case ExprOp::None:
      return 0;
    case ExprOp::Constant:
      return node.value;
    case ExprOp::Arg:
      return call_.arg_value(node.a);
    case ExprOp::Field:
      return evaluate_field(node, scope);
    case ExprOp::Ret:
      return pass_ == Pass::Exit && call_.returned && !call_.failed ? static_cast<std::uint64_t>(call_.return_value)
                                                                    : 0;
    case ExprOp::HostQuery:
      return evaluate_host_query(node, scope);
    case ExprOp::Not:
      return evaluate(node.a, scope, here) == 0 ? 1 : 0;
    case ExprOp::And:
      return evaluate(node.a, scope, here) != 0 && evaluate(node.b, scope, here) != 0 ? 1 : 0;
    case ExprOp::Or:
      return evaluate(node.a, scope, here) != 0 || evaluate(node.b, scope, here) != 0 ? 1 : 0;
    case ExprOp::Deref: {
      const unsigned width = node.b & 0xff;
      const Bytes bytes = request(evaluate(node.a, scope, here), width);
      if (bytes.size < width) return 0;
      const std::uint64_t number = load_number(memory_.at(bytes), width);
      return (node.b & kSignedField) != 0 ? sign_extend(number, width) : number;
    }
    case ExprOp::Here: {
      const unsigned width = node.b & 0xff;
      if (here == nullptr || here->is_register()) return 0;
      const Bytes bytes = here->bytes.sub(node.a, width);
      if (bytes.size < width) return 0;
      const std::uint64_t number = load_number(memory_.at(bytes), width);
      return (node.b & kSignedField) != 0 ? sign_extend(number, width) : number;
    }
    case ExprOp::Failed:
      return pass_ == Pass::Exit && call_.failed ? 1 : 0;
    case ExprOp::Verbose:
      return settings_.verbose ? 1 : 0;
    case ExprOp::Available:
      return here != nullptr ? here->bytes.size : scope != nullptr ? scope->bytes.size : 0;
    default:
      return apply_operator(node.op, evaluate(node.a, scope, here), evaluate(node.b, scope, here));
  }
}

template <class Memory, class Tree>
std::uint64_t Walker<Memory, Tree>::evaluate_field(const ExprNode& node, const Scope* scope) const {
  for (unsigned up = node.level; up != 0 && scope != nullptr; --up) scope = scope->outer;
  if (scope == nullptr) return 0;
  const unsigned width = node.b & 0xff;
  const Bytes bytes = scope->bytes.sub(node.a, width);
  if (bytes.size < width) return 0;
  const std::uint64_t number = load_number(memory_.at(bytes), width);
  return (node.b & kSignedField) != 0 ? sign_extend(number, width) : number;
}

template <class Memory, class Tree>
std::uint64_t Walker<Memory, Tree>::evaluate_host_query(const ExprNode& node, const Scope* scope) {
  const auto fd = static_cast<std::int32_t>(evaluate(node.b, scope));
  return answer_host_query(static_cast<HostQuery>(node.a), memory_.fd_protocol(fd));
}

/// How many of the bytes where a type begins an expression looks at; 0: none.
template <class Memory, class Tree>
std::size_t Walker<Memory, Tree>::here_extent(ExprId expression) const {
  const ExprNode& node = tables_.exprs[expression];
  if (node.op == ExprOp::Here) return std::size_t{node.a} + (node.b & 0xff);
  if (node.op == ExprOp::Available) return 1;
  if (!has_operands(node.op)) return 0;
  return std::max(here_extent(node.a), has_two_operands(node.op) ? here_extent(node.b) : 0);
}

template <class Memory, class Tree>
bool Walker<Memory, Tree>::needs_own_scope(ExprId expression) const {
  const ExprNode& node = tables_.exprs[expression];
  if (node.op == ExprOp::Field) return node.level == 0;
  return has_operands(node.op) && (needs_own_scope(node.a) || (has_two_operands(node.op) && needs_own_scope(node.b)));
}

template <class Memory, class Tree>
TypeId Walker<Memory, Tree>::choose(const ChoiceNode& choice, const Scope* scope, const Place* here) {
  const std::uint64_t key = evaluate(choice.key, scope, here);
  return find_case(tables_, choice, key, choice.second_key != 0 ? evaluate(choice.second_key, scope, here) : 0);
}

template <class Memory, class Tree>
TypeId Walker<Memory, Tree>::resolve(TypeId id, const Scope* scope) {
  for (unsigned step = 0; step < kMaxDepth && id != 0; ++step) {
    const TypeNode& type = tables_.types[id];
    TypeId next = id;
    if (type.op == TypeOp::If) {
      if (here_extent(type.a) == 0) next = evaluate(type.a, scope) != 0 ? type.b : type.c;
    } else if (type.op == TypeOp::Choice) {
      const ChoiceNode& choice = tables_.choices[type.a];
      if (here_extent(choice.key) == 0) next = choose(choice, scope, nullptr);
    } else if (is_kind(type, Kind::IoctlArg)) {
      next = ioctl_argument_type(tables_, call_.arg_value(1), id);
    } else if (is_kind(type, Kind::SockoptValue)) {
      next = sockopt_value_type(tables_, evaluate(type.a, scope), evaluate(type.b, scope), id);
    }
    if (next == id) return id;
    id = next;
  }
  return id;
}

/// The type once the bytes that its choices look at are there.
template <class Memory, class Tree>
TypeId Walker<Memory, Tree>::settle(TypeId id, const Place& place, const Scope* scope) {
  for (unsigned step = 0; step < kMaxDepth && id != 0; ++step) {
    const TypeNode& type = tables_.types[id];
    if (type.op == TypeOp::If)
      id = evaluate(type.a, scope, &place) != 0 ? type.b : type.c;
    else if (type.op == TypeOp::Choice)
      id = choose(tables_.choices[type.a], scope, &place);
    else
      break;
  }
  return id;
}

template <class Memory, class Tree>
void Walker<Memory, Tree>::walk(TypeId id, const Place& place, const Scope* scope) {
  if constexpr (!Tree::kBuilds) {
    if (!settings_.types->reads(id)) return;
  }
  const TypeNode& type = tables_.types[id];
  if (depth_ >= kMaxDepth) return tree_.elided();
  ++depth_;
  switch (type.op) {
    case TypeOp::None:
      tree_.hex(number_at(place, place.is_register() ? place.width : word_size(call_.abi)));
      break;
    case TypeOp::Scalar:
      walk_scalar(id, place, scope);
      break;
    case TypeOp::Flags:
    case TypeOp::Enum:
    case TypeOp::Bits:
      walk_symbols(type, place);
      break;
    case TypeOp::Pointer:
      walk_pointer(type, place, scope);
      break;
    case TypeOp::If:
    case TypeOp::Choice:
      if (const TypeId chosen = settle(id, place, scope); chosen != 0) walk(chosen, place, scope);
      break;
    case TypeOp::Skip:
      break;
    case TypeOp::Text:
    case TypeOp::Array:
    case TypeOp::Struct:
    case TypeOp::Seq:
    case TypeOp::Records:
      walk_container(type, place, scope);
      break;
  }
  --depth_;
}

template <class Memory, class Tree>
void Walker<Memory, Tree>::walk_container(const TypeNode& type, const Place& place, const Scope* scope) {
  if (place.is_register()) return tree_.address(place.number);
  switch (type.op) {
    case TypeOp::Text:
      return walk_text_inline(type, place, scope);
    case TypeOp::Array:
      return walk_array(type, place, scope);
    case TypeOp::Struct:
      return walk_struct(tables_.structs[type.a], place, scope);
    case TypeOp::Seq:
      return walk_sequence(type, place, scope);
    default:
      return walk_records(tables_.records[type.a], place, scope);
  }
}

template <class Memory, class Tree>
void Walker<Memory, Tree>::walk_symbols(const TypeNode& type, const Place& place) {
  if constexpr (Tree::kBuilds) {
    const unsigned width = width_of(type, place);
    if (!is_complete(place, width)) return;
    tree_.symbols(type, number_at(place, width), width);
  }
}

template <class Memory, class Tree>
void Walker<Memory, Tree>::walk_scalar(TypeId id, const Place& place, const Scope* scope) {
  const TypeNode& type = tables_.types[id];
  const auto kind = static_cast<Kind>(type.kind);
  if (kind == Kind::IoctlArg || kind == Kind::SockoptValue) {
    if (const TypeId resolved = resolve(id, scope); resolved != id && resolved != 0)
      return walk(resolved, place, scope);
  }
  const unsigned width = width_of(type, place);
  if (type.width != 0 && !is_complete(place, width)) return;
  const std::uint64_t number = number_at(place, width <= 8 ? width : 0);
  if (settings_.fd_paths && is_descriptor(kind)) {
    const auto fd = static_cast<std::int32_t>(number);
    if (names_something(kind, fd)) memory_.note_fd(fd);
  }
  if (settings_.fd_paths && kind == Kind::Fdset) note_fd_set(place);
  if (kind == Kind::Ifindex && number != 0) memory_.note_interface(static_cast<std::uint32_t>(number));
  const std::int32_t pid = settings_.pid_names ? named_pid(kind, number, place) : 0;
  if (pid != 0) memory_.note_process(pid);
  if constexpr (Tree::kBuilds) {
    Leaf leaf{.type = type, .number = number, .width = width};
    if (!place.is_register()) leaf.bytes = {memory_.at(place.bytes), place.bytes.size};
    if (kind == Kind::InetOf || kind == Kind::SockoptName || kind == Kind::Mac || kind == Kind::SyscallOf)
      leaf.parameter = evaluate(type.a, scope, &place);
    if (kind == Kind::Fdset) leaf.parameter = call_.arg_value(0);
    if (settings_.fd_paths && is_descriptor(kind)) {
      const auto fd = static_cast<std::int32_t>(number);
      leaf.text = memory_.fd_path(fd);
      leaf.details = memory_.fd_details(fd);
    }
    if (pid != 0) leaf.text = memory_.process_name(pid);
    if (kind == Kind::Ifindex) leaf.text = memory_.interface_name(static_cast<std::uint32_t>(number));
    const auto mark = tree_.mark();
    tree_.leaf(leaf);
    if (settings_.fd_paths && kind == Kind::Fdset)
      tree_.name_descriptors(mark, [&](Value& value) {
        const auto fd = static_cast<std::int32_t>(value.number);
        value.name = memory_.fd_path(fd);
        value.note = descriptor_note(tree_.context(), memory_.fd_details(fd));
      });
  }
}

/// The id in a scalar of which the name is wanted, 0 if there is none.
template <class Memory, class Tree>
std::int32_t Walker<Memory, Tree>::named_pid(Kind kind, std::uint64_t number, const Place& place) const {
  std::int32_t pid = 0;
  if (kind == Kind::Pid || kind == Kind::Tid) pid = static_cast<std::int32_t>(number);
  if (kind == Kind::Siginfo && !place.is_register())
    pid = siginfo_pid({memory_.at(place.bytes), place.bytes.size}, call_.abi);
  return std::max(pid, 0);
}

/// The members of an fd_set are descriptors like any other.
template <class Memory, class Tree>
void Walker<Memory, Tree>::note_fd_set(const Place& place) {
  const auto limit = static_cast<std::size_t>(std::max(0, static_cast<std::int32_t>(call_.arg_value(0))));
  for (std::size_t fd = 0; fd < std::min(limit, 8 * place.bytes.size); ++fd) {
    const std::byte octet = *memory_.at(place.bytes.sub(fd / 8));
    if (((std::to_integer<unsigned>(octet) >> (fd % 8)) & 1) != 0) memory_.note_fd(static_cast<std::int32_t>(fd));
  }
}

}  // namespace tether::decode
