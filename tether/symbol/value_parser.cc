#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>

#include "tether/arch/sub_registers.h"
#include "tether/symbol/internal/value_node.h"

namespace tether::symbol {

namespace {

using Node = ValueExpression::Node;
using Kind = Node::Kind;

constexpr ValueType kTypes[] = {
    {"u8", 1, Number::Type::Unsigned},  {"u16", 2, Number::Type::Unsigned}, {"u32", 4, Number::Type::Unsigned},
    {"u64", 8, Number::Type::Unsigned}, {"i8", 1, Number::Type::Signed},    {"i16", 2, Number::Type::Signed},
    {"i32", 4, Number::Type::Signed},   {"i64", 8, Number::Type::Signed},   {"f32", 4, Number::Type::Floating},
    {"f64", 8, Number::Type::Floating}, {"ptr", 0, Number::Type::Unsigned},
};

struct BinaryRow {
  std::string_view sign;
  Operator op;
  int precedence;  ///< the higher binds tighter, as in C
};

// Longer signs before their beginnings.
constexpr BinaryRow kBinary[] = {
    {"<<", Operator::ShiftLeft, 8},    {">>", Operator::ShiftRight, 8}, {"<=", Operator::LessEqual, 7},
    {">=", Operator::GreaterEqual, 7}, {"==", Operator::Equal, 6},      {"!=", Operator::NotEqual, 6},
    {"&&", Operator::And, 2},          {"||", Operator::Or, 1},         {"<", Operator::Less, 7},
    {">", Operator::Greater, 7},       {"&", Operator::BitAnd, 5},      {"^", Operator::BitXor, 4},
    {"|", Operator::BitOr, 3},         {"+", Operator::Add, 9},         {"-", Operator::Subtract, 9},
    {"*", Operator::Multiply, 10},     {"/", Operator::Divide, 10},     {"%", Operator::Remainder, 10},
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool begins_name(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || c == '.' || c == '@';
}
bool continues_name(char c) {
  return begins_name(c) || is_digit(c);
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<NodePtr> parse_all() {
    NodePtr node = TETHER_TRY(parse_choice());
    skip_blanks();
    if (at_ != text_.size()) return fail(wrong("'" + std::string(1, text_[at_]) + "' does not fit here"));
    return node;
  }

 private:
  static constexpr int kDeepest = 200;

  /// Counts how deep the parser's functions call themselves.
  struct Descent {
    explicit Descent(int& depth) : depth_(++depth) {}
    ~Descent() { --depth_; }
    int& depth_;
  };

  Error wrong(std::string_view what) const { return wrong_at(at_, what); }
  Error wrong_at(std::size_t position, std::string_view what) const {
    return value_error(ErrorCode::Malformed, text_, position, what);
  }

  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  bool take(std::string_view sign) {
    skip_blanks();
    if (!text_.substr(at_).starts_with(sign)) return false;
    at_ += sign.size();
    return true;
  }
  const BinaryRow* peek_binary() {
    skip_blanks();
    const auto found =
        std::ranges::find_if(kBinary, [&](const BinaryRow& row) { return text_.substr(at_).starts_with(row.sign); });
    return found != std::end(kBinary) ? &*found : nullptr;
  }

  Result<NodePtr> parse_choice() {
    const Descent descent(depth_);
    if (depth_ > kDeepest) return fail(wrong("it is nested too deeply"));
    NodePtr condition = TETHER_TRY(parse_binary(1));
    skip_blanks();
    const std::size_t position = at_;
    if (!take("?")) return condition;
    NodePtr yes = TETHER_TRY(parse_choice());
    if (!take(":")) return fail(wrong("a ':' is missing, for the '?' before it"));
    NodePtr no = TETHER_TRY(parse_choice());
    return make({.kind = Kind::Choice, .position = position, .children = {condition, yes, no}});
  }

  Result<NodePtr> parse_binary(int least) {
    NodePtr left = TETHER_TRY(parse_unary());
    for (;;) {
      const BinaryRow* row = peek_binary();
      if (row == nullptr || row->precedence < least) return left;
      const std::size_t position = at_;
      at_ += row->sign.size();
      NodePtr right = TETHER_TRY(parse_binary(row->precedence + 1));
      left = make({.kind = Kind::Binary, .position = position, .op = row->op, .children = {left, right}});
    }
  }

  Result<NodePtr> parse_unary() {
    const Descent descent(depth_);
    if (depth_ > kDeepest) return fail(wrong("it is nested too deeply"));
    skip_blanks();
    const std::size_t position = at_;
    static constexpr std::pair<char, Operator> kUnary[] = {
        {'-', Operator::Negate}, {'~', Operator::BitNot}, {'!', Operator::Not}};
    for (const auto& [sign, op] : kUnary) {
      if (peek() != sign) continue;
      ++at_;
      NodePtr value = TETHER_TRY(parse_unary());
      return make({.kind = Kind::Unary, .position = position, .op = op, .children = {value}});
    }
    if (peek() == '+') {
      ++at_;
      return parse_unary();
    }
    return parse_primary();
  }

  Result<NodePtr> parse_primary() {
    skip_blanks();
    const char c = peek();
    if (c == '(') {
      ++at_;
      NodePtr inner = TETHER_TRY(parse_choice());
      if (!take(")")) return fail(wrong("a ')' is missing"));
      return inner;
    }
    if (c == '[') return parse_mapping();
    if (is_digit(c)) return parse_number();
    if (c == '\'' || begins_name(c)) return parse_name();
    return fail(c == '\0' ? wrong("a value is missing")
                          : wrong("a value is missing before '" + std::string(1, c) + "'"));
  }

  Result<NodePtr> parse_mapping() {
    const std::size_t position = at_;
    const std::size_t close = text_.find(']', at_);
    if (close == std::string_view::npos) return fail(wrong("a ']' is missing"));
    const std::string_view name = text_.substr(at_, close + 1 - at_);
    if (name.size() < 3 || name.find('[', 1) != std::string_view::npos)
      return fail(wrong("a mapping's name is missing, such as [stack]"));
    at_ = close + 1;
    return make({.kind = Kind::Mapping, .position = position, .name = std::string(name)});
  }

  Result<NodePtr> parse_number() {
    const std::size_t position = at_;
    const bool is_hex = peek() == '0' && (peek(1) == 'x' || peek(1) == 'X');
    if (is_hex) at_ += 2;
    const char* const begin = text_.data() + at_;
    const char* const end = text_.data() + text_.size();
    Number number{.type = Number::Type::Literal};
    auto [behind, err] = std::from_chars(begin, end, number.bits, is_hex ? 16 : 10);
    const bool has_fraction = !is_hex && behind + 1 < end && *behind == '.' && is_digit(behind[1]);
    if (has_fraction) {
      number.type = Number::Type::Floating;
      const auto parsed = std::from_chars(begin, end, number.floating);
      behind = parsed.ptr;
      err = parsed.ec;
    }
    if (err == std::errc::result_out_of_range) return fail(wrong_at(position, "the number does not fit into 64 bits"));
    if (err != std::errc()) return fail(wrong_at(position, "digits are missing"));
    at_ = static_cast<std::size_t>(behind - text_.data());
    if (!has_fraction) TETHER_CHECK(take_unit(number, position));
    if (continues_name(peek())) return fail(wrong_at(position, "a number ends in letters; units are k, M and G"));
    return make({.kind = Kind::Constant, .position = position, .number = number});
  }

  Result<void> take_unit(Number& number, std::size_t position) {
    static constexpr std::pair<char, unsigned> kUnits[] = {{'k', 10}, {'K', 10}, {'M', 20}, {'G', 30}};
    for (const auto& [letter, shift] : kUnits) {
      if (peek() != letter) continue;
      ++at_;
      if (number.bits > std::numeric_limits<std::uint64_t>::max() >> shift)
        return fail(wrong_at(position, "the number does not fit into 64 bits"));
      number.bits <<= shift;
      break;
    }
    return ok();
  }

  struct TakenName {
    std::string name;
    bool is_quoted = false;
  };

  Result<TakenName> take_name() {
    if (peek() == '\'') {
      const std::size_t close = text_.find('\'', at_ + 1);
      if (close == std::string_view::npos) return fail(wrong("the closing ' is missing"));
      if (close == at_ + 1) return fail(wrong("a name is missing between the quotes"));
      TakenName taken{.name = std::string(text_.substr(at_ + 1, close - at_ - 1)), .is_quoted = true};
      at_ = close + 1;
      return taken;
    }
    const std::size_t begin = at_;
    while (continues_name(peek()) || (peek() == ':' && peek(1) == ':' && begins_name(peek(2))) ||
           (peek() == ':' && at_ > begin && text_[at_ - 1] == ':' && begins_name(peek(1))))
      ++at_;
    return TakenName{.name = std::string(text_.substr(begin, at_ - begin))};
  }

  Result<NodePtr> parse_name() {
    const std::size_t position = at_;
    TakenName first = TETHER_TRY(take_name());
    if (!first.is_quoted)
      if (const ValueType* type = find_value_type(first.name)) {
        skip_blanks();
        if (peek() == '[' || peek() == '(') return parse_typed(*type, position);
      }
    const bool is_register = !first.is_quoted && is_register_name(first.name);
    if (peek() == ':' && !is_register && is_digit(peek(1)) && first.name.find('.') != std::string::npos)
      return parse_line(std::move(first.name), position);
    if (peek() == ':' && !is_register && (begins_name(peek(1)) || peek(1) == '\'')) {
      ++at_;
      const TakenName second = TETHER_TRY(take_name());
      return make({.kind = Kind::Symbol, .position = position, .name = first.name + ":" + second.name});
    }
    return make(
        {.kind = first.is_quoted ? Kind::Symbol : Kind::Name, .position = position, .name = std::move(first.name)});
  }

  Result<NodePtr> parse_line(std::string file, std::size_t position) {
    ++at_;
    Number number{.type = Number::Type::Literal};
    const auto [behind, err] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), number.bits);
    if (err != std::errc() || number.bits > std::numeric_limits<std::uint32_t>::max())
      return fail(wrong("no source has that many lines"));
    at_ = static_cast<std::size_t>(behind - text_.data());
    return make({.kind = Kind::Line, .position = position, .number = number, .name = std::move(file)});
  }

  Result<NodePtr> parse_typed(const ValueType& type, std::size_t position) {
    const bool is_memory = peek() == '[';
    ++at_;
    NodePtr inner = TETHER_TRY(parse_choice());
    if (!take(is_memory ? "]" : ")")) return fail(wrong(is_memory ? "a ']' is missing" : "a ')' is missing"));
    return make(
        {.kind = is_memory ? Kind::Memory : Kind::Cast, .position = position, .type = &type, .children = {inner}});
  }

  static NodePtr make(Node&& node) { return std::make_shared<const Node>(std::move(node)); }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

const ValueType* find_value_type(std::string_view name) {
  const auto found = std::ranges::find(kTypes, name, &ValueType::name);
  return found != std::end(kTypes) ? &*found : nullptr;
}

Error value_error(ErrorCode code, std::string_view text, std::size_t position, std::string_view what) {
  constexpr std::size_t kMostShown = 200;
  std::string shown(text.substr(0, kMostShown));
  if (text.size() > kMostShown) shown += "...";
  return {.code = code,
          .message = "'" + shown + "': at " + std::to_string(position + 1) + ": " + std::string(what),
          .hint = {}};
}

Result<NodePtr> parse_value(std::string_view text) {
  constexpr std::size_t kLongest = 1024;  // a chain of operators is as deep as it is long
  if (text.size() > kLongest) return fail(value_error(ErrorCode::Malformed, text, kLongest, "it is too long"));
  return Parser(text).parse_all();
}

}  // namespace tether::symbol
