#include "tools/desc/constants.h"

#include <charconv>

namespace tether::desc {

using decode::ExprOp;

std::optional<std::uint64_t> compute(ExprOp op, std::uint64_t left, std::uint64_t right) {
  const auto signed_left = static_cast<std::int64_t>(left);
  const auto signed_right = static_cast<std::int64_t>(right);
  switch (op) {
    case ExprOp::BitAnd:
      return left & right;
    case ExprOp::BitOr:
      return left | right;
    case ExprOp::Add:
      return left + right;
    case ExprOp::Sub:
      return left - right;
    case ExprOp::ShiftLeft:
      return right < 64 ? std::optional(left << right) : std::nullopt;
    case ExprOp::ShiftRight:
      return right < 64 ? std::optional(left >> right) : std::nullopt;
    case ExprOp::Equal:
      return left == right;
    case ExprOp::NotEqual:
      return left != right;
    case ExprOp::Less:
      return signed_left < signed_right;
    case ExprOp::Greater:
      return signed_left > signed_right;
    case ExprOp::LessEqual:
      return signed_left <= signed_right;
    case ExprOp::GreaterEqual:
      return signed_left >= signed_right;
    case ExprOp::Has:
      return (left & right) != 0;
    case ExprOp::And:
      return left != 0 && right != 0;
    case ExprOp::Or:
      return left != 0 || right != 0;
    default:
      return std::nullopt;
  }
}

std::uint64_t compute(UnaryOp op, std::uint64_t operand) {
  if (op == UnaryOp::Not) return operand == 0 ? 1 : 0;
  return op == UnaryOp::Negate ? 0 - operand : ~operand;
}

Constants::Constants(Abi abi, const Facts& facts, const std::vector<ConstItem>& own, Diagnostics& diagnostics,
                     Survey& survey)
    : abi_(abi), facts_(facts), diagnostics_(diagnostics), survey_(survey) {
  for (const ConstItem& item : own) {
    if (const auto fact = facts.constants.find(item.name); fact != facts.constants.end())
      diagnostics.error(item.at, "<" + fact->second.header + "> has " + quote(item.name) + ": it needs no 'const'");
    own_[item.name] = evaluate(item.value);
  }
}

std::optional<std::uint64_t> Constants::find(const std::string& name) const {
  survey_.used_constants.insert(name);
  if (const auto own = own_.find(name); own != own_.end()) return own->second;
  const auto fact = facts_.constants.find(name);
  return fact == facts_.constants.end() ? std::nullopt : fact->second.value[abi_];
}

std::optional<std::uint64_t> Constants::demand(const std::string& name, const Location& at) const {
  std::uint64_t number = 0;
  if (const auto [end, status] = std::from_chars(name.data(), name.data() + name.size(), number); status == std::errc{})
    return number;
  if (!exists(name)) {
    Suggestion suggestion(name);
    suggest(suggestion);
    diagnostics_.error(at, "no header has a constant " + quote(name) + suggestion.text());
  }
  return find(name);
}

std::uint64_t Constants::evaluate(const ExprPtr& expression) const {
  const auto value = try_evaluate(*expression);
  if (!value)
    diagnostics_.error(expression->at, "this must be a constant: a number, a constant's name, or an operation on such");
  return value.value_or(0);
}

std::optional<std::uint64_t> Constants::try_evaluate(const Expr& expression) const {
  if (const auto* number = std::get_if<NumberExpr>(&expression.what)) return number->value;
  if (const auto* name = std::get_if<NameExpr>(&expression.what)) return demand(name->name, expression.at);
  if (const auto* unary = std::get_if<UnaryExpr>(&expression.what)) {
    const auto operand = try_evaluate(*unary->operand);
    if (!operand) return std::nullopt;
    return compute(unary->op, *operand);
  }
  const auto* binary = std::get_if<BinaryExpr>(&expression.what);
  if (binary == nullptr) return std::nullopt;
  const auto left = try_evaluate(*binary->left);
  const auto right = try_evaluate(*binary->right);
  return left && right ? compute(binary->op, *left, *right) : std::nullopt;
}

void Constants::suggest(Suggestion& suggestion) const {
  for (const auto& [name, fact] : facts_.constants) suggestion.consider(name);
  for (const auto& [name, value] : own_) suggestion.consider(name);
}

}  // namespace tether::desc
