#include "tether/symbol/value_expression.h"

#include <array>
#include <cstring>
#include <span>
#include <utility>

#include "tether/arch/sub_registers.h"
#include "tether/base/hexadecimal.h"
#include "tether/symbol/internal/value_node.h"

namespace tether::symbol {

namespace {

using Node = ValueExpression::Node;
using Kind = Node::Kind;

/// Evaluates one expression in one context.
class Evaluation {
 public:
  Evaluation(const ValueContext& context, std::string_view text) : context_(context), text_(text) {}

  Result<Number> value_of(const Node& node) const {
    switch (node.kind) {
      case Kind::Constant:
        return node.number;
      case Kind::Name:
      case Kind::Symbol:
        return value_of_name(node);
      case Kind::Mapping:
      case Kind::Line:
        return value_of_place(node);
      case Kind::Memory:
        return value_in_memory(node);
      case Kind::Cast:
        return convert(TETHER_TRY(value_of(*node.children[0])), *node.type, context_.abi);
      case Kind::Unary:
        return located(apply_unary(node.op, TETHER_TRY(value_of(*node.children[0]))), node);
      case Kind::Binary:
        return value_of_binary(node);
      case Kind::Choice:
        return value_of(*node.children[TETHER_TRY(value_of(*node.children[0])).is_true() ? 1 : 2]);
    }
    return fail(error(ErrorCode::Unsupported, node, "no such expression"));
  }

 private:
  Error error(ErrorCode code, const Node& node, std::string_view what) const {
    return value_error(code, text_, node.position, what);
  }
  template <class T>
  Result<T> located(Result<T> result, const Node& node) const {
    if (result.has_value()) return result;
    Error said = std::move(result).error();
    said.message = error(said.code, node, said.message).message;
    return fail(std::move(said));
  }

  Result<Number> value_of_name(const Node& node) const {
    std::string_view name = node.name;
    const bool wants_register = node.kind == Kind::Name && name.starts_with('$');
    if (wants_register) name.remove_prefix(1);
    const bool may_be_register = node.kind == Kind::Name && is_register_name(name);
    if (may_be_register && context_.registers != nullptr)
      if (const auto value = find_register_value(*context_.registers, context_.abi, name))
        return Number{.type = Number::Type::Unsigned, .bits = *value};
    if (wants_register || (may_be_register && context_.registers == nullptr && context_.names == nullptr))
      return fail(may_be_register && context_.registers == nullptr
                      ? error(ErrorCode::Unsupported, node,
                              "there is no thread whose register '" + std::string(name) + "' could be read")
                      : error(ErrorCode::NotFound, node,
                              std::string(abi_name(context_.abi)) + " has no register '" + std::string(name) + "'"));
    if (context_.names == nullptr)
      return fail(
          error(ErrorCode::Unsupported, node, "there is no process in which '" + node.name + "' could be looked up"));
    auto found = context_.names->resolve_name(node.name);
    if (!found.has_value() && may_be_register)
      return fail(context_.registers == nullptr
                      ? error(ErrorCode::Unsupported, node,
                              "there is no thread whose register '" + std::string(name) + "' could be read")
                      : error(ErrorCode::NotFound, node,
                              std::string(abi_name(context_.abi)) + " has no register '" + std::string(name) + "'"));
    return address(TETHER_TRY(located(std::move(found), node)));
  }

  Result<Number> value_of_place(const Node& node) const {
    if (context_.names == nullptr)
      return fail(
          error(ErrorCode::Unsupported, node, "there is no process in which '" + node.name + "' could be looked up"));
    if (node.kind == Kind::Mapping)
      return address(TETHER_TRY(located(context_.names->resolve_mapping(node.name), node)));
    const auto line = static_cast<std::uint32_t>(node.number.bits);
    return address(TETHER_TRY(located(context_.names->resolve_line(node.name, line), node)));
  }

  Result<Number> value_in_memory(const Node& node) const {
    const Number at = TETHER_TRY(value_of(*node.children[0]));
    if (at.type == Number::Type::Floating)
      return fail(error(ErrorCode::Malformed, node, "an address is no floating-point number"));
    if (context_.memory == nullptr)
      return fail(error(ErrorCode::Unsupported, node, "there is no process whose memory could be read"));
    std::array<std::byte, 8> bytes{};
    const std::size_t size = node.type->bytes != 0 ? node.type->bytes : word_size(context_.abi);
    if (!context_.memory->read_exactly(RemoteAddr(at.bits), std::span(bytes).first(size)))
      return fail(error(ErrorCode::NotFound, node, "no memory can be read at " + hex(at.bits)));
    Number value{.type = node.type->type};
    if (value.type != Number::Type::Floating) {
      std::memcpy(&value.bits, bytes.data(), size);
      return convert(value, *node.type, context_.abi);
    }
    if (size == sizeof(float)) {
      float narrow = 0;
      std::memcpy(&narrow, bytes.data(), sizeof narrow);
      value.floating = static_cast<double>(narrow);
    } else {
      std::memcpy(&value.floating, bytes.data(), sizeof value.floating);
    }
    return value;
  }

  Result<Number> value_of_binary(const Node& node) const {
    const Number left = TETHER_TRY(value_of(*node.children[0]));
    // As in C, the right side is not looked at where the left one decides.
    const bool is_or = node.op == Operator::Or;
    if (is_or || node.op == Operator::And) {
      bool is_true = left.is_true();
      if (is_true != is_or) is_true = TETHER_TRY(value_of(*node.children[1])).is_true();
      return Number{.type = Number::Type::Literal, .bits = is_true ? 1u : 0u};
    }
    const Number right = TETHER_TRY(value_of(*node.children[1]));
    return located(apply_binary(node.op, left, right), node);
  }

  static Number address(RemoteAddr addr) { return {.type = Number::Type::Unsigned, .bits = addr.value}; }

  const ValueContext& context_;
  std::string_view text_;
};

Result<NodePtr> replace_names(const NodePtr& node, NameResolver& names, std::string_view text) {
  const bool is_register = node->kind == Kind::Name && (node->name.starts_with('$') || is_register_name(node->name));
  const bool is_name =
      node->kind == Kind::Name || node->kind == Kind::Symbol || node->kind == Kind::Mapping || node->kind == Kind::Line;
  if (is_register) return node;
  Node copy = *node;
  if (is_name) {
    const ValueContext context{.registers = nullptr, .memory = nullptr, .names = &names};
    copy.number = TETHER_TRY(Evaluation(context, text).value_of(*node));
    copy.kind = Kind::Constant;
  }
  for (NodePtr& child : copy.children) child = TETHER_TRY(replace_names(child, names, text));
  return std::make_shared<const Node>(std::move(copy));
}

bool has_register(const Node& node) {
  if (node.kind == Kind::Name && (node.name.starts_with('$') || is_register_name(node.name))) return true;
  for (const NodePtr& child : node.children)
    if (has_register(*child)) return true;
  return false;
}

}  // namespace

Result<ValueExpression> ValueExpression::parse(std::string_view text) {
  NodePtr root = TETHER_TRY(parse_value(text));
  return ValueExpression(std::string(text), std::move(root));
}

Result<Number> ValueExpression::evaluate(const ValueContext& context) const {
  return Evaluation(context, text_).value_of(*root_);
}

Result<RemoteAddr> ValueExpression::evaluate_address(const ValueContext& context) const {
  const Number number = TETHER_TRY(evaluate(context));
  if (number.type == Number::Type::Floating)
    return fail(value_error(ErrorCode::Malformed, text_, 0, "an address is no floating-point number"));
  return RemoteAddr(number.bits);
}

Result<ValueExpression> ValueExpression::with_names(NameResolver& names) const {
  NodePtr root = TETHER_TRY(replace_names(root_, names, text_));
  return ValueExpression(text_, std::move(root));
}

bool ValueExpression::uses_registers() const {
  return has_register(*root_);
}

}  // namespace tether::symbol
