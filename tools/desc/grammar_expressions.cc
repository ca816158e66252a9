// Grammar: expressions. Unlike C, & and | bind tighter than comparisons, so `mode & S_IFMT == S_IFCHR` means what it
// says.

#include <span>

#include "tools/desc/grammar.h"

namespace tether::desc {
namespace {

using decode::ExprOp;

struct Operator {
  std::string_view text;
  ExprOp op;
};
constexpr Operator kOr[] = {{"||", ExprOp::Or}};
constexpr Operator kAnd[] = {{"&&", ExprOp::And}};
constexpr Operator kCompare[] = {{"==", ExprOp::Equal},  {"!=", ExprOp::NotEqual},  {"<", ExprOp::Less},
                                 {">", ExprOp::Greater}, {"<=", ExprOp::LessEqual}, {">=", ExprOp::GreaterEqual},
                                 {"has", ExprOp::Has}};
constexpr Operator kBitOr[] = {{"|", ExprOp::BitOr}};
constexpr Operator kBitAnd[] = {{"&", ExprOp::BitAnd}};
constexpr Operator kShift[] = {{"<<", ExprOp::ShiftLeft}, {">>", ExprOp::ShiftRight}};
constexpr Operator kSum[] = {{"+", ExprOp::Add}, {"-", ExprOp::Sub}};
constexpr int kLongestChain = 50;  // a chain is a tree as deep as it is long
constexpr std::span<const Operator> kLevels[] = {kOr, kAnd, kCompare, kBitOr, kBitAnd, kShift, kSum};

}  // namespace

Result<ExprPtr> Grammar::expression() {
  const Nesting nesting(*this);
  TETHER_CHECK(nesting.check());
  return binary(0);
}

Result<ExprPtr> Grammar::binary(std::size_t level) {
  if (level == std::size(kLevels)) return unary();
  ExprPtr left = TETHER_TRY(binary(level + 1));
  for (int links = 0;; ++links) {
    const Operator* found = nullptr;
    for (const Operator& candidate : kLevels[level])
      if (is(candidate.text)) found = &candidate;
    if (found == nullptr) return left;
    if (links == kLongestChain) return wrong("more than 50 operators in a row");
    const Location at = here();
    ++at_;
    const ExprPtr right = TETHER_TRY(binary(level + 1));
    left = std::make_shared<Expr>(Expr{at, BinaryExpr{found->op, left, right}});
  }
}

Result<ExprPtr> Grammar::unary() {
  const Nesting nesting(*this);
  TETHER_CHECK(nesting.check());
  const Location at = here();
  static constexpr std::pair<const char*, UnaryOp> kOperators[] = {
      {"!", UnaryOp::Not}, {"-", UnaryOp::Negate}, {"~", UnaryOp::Complement}};
  for (const auto& [text, op] : kOperators) {
    if (!take(text)) continue;
    const ExprPtr operand = TETHER_TRY(unary());
    return std::make_shared<Expr>(Expr{at, UnaryExpr{op, operand}});
  }
  return primary();
}

Result<ExprPtr> Grammar::primary() {
  const Location at = here();
  if (take("(")) {
    const ExprPtr inner = TETHER_TRY(expression());
    TETHER_CHECK(expect(")"));
    return inner;
  }
  if (peek().kind == Token::Kind::Number) return std::make_shared<Expr>(Expr{at, NumberExpr{tokens_[at_++].number}});
  const std::string first = TETHER_TRY(name("an expression"));
  if (!take(".")) return std::make_shared<Expr>(Expr{at, NameExpr{first}});
  const std::string member = TETHER_TRY(name("a member"));
  return std::make_shared<Expr>(Expr{at, MemberExpr{first, member}});
}

}  // namespace tether::desc
