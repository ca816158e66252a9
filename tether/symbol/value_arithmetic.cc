#include <cmath>
#include <cstring>

#include "tether/symbol/internal/value_node.h"

namespace tether::symbol {

namespace {

using Type = Number::Type;

Number truth(bool is_true) {
  return {.type = Type::Literal, .bits = is_true ? 1u : 0u};
}
Number floating(double value) {
  return {.type = Type::Floating, .floating = value};
}
std::unexpected<Error> malformed(std::string_view what) {
  return fail({.code = ErrorCode::Malformed, .message = std::string(what), .hint = {}});
}

/// The type of the result: C's, but that a number takes the other side's signedness.
Type common_type(const Number& left, const Number& right) {
  if (left.type == Type::Literal) return right.type;
  if (right.type == Type::Literal) return left.type;
  return left.type == Type::Signed && right.type == Type::Signed ? Type::Signed : Type::Unsigned;
}

Result<Number> apply_floating(Operator op, double left, double right) {
  switch (op) {
    case Operator::Multiply:
      return floating(left * right);
    case Operator::Divide:
      return floating(left / right);
    case Operator::Add:
      return floating(left + right);
    case Operator::Subtract:
      return floating(left - right);
    case Operator::Less:
      return truth(left < right);
    case Operator::LessEqual:
      return truth(left <= right);
    case Operator::Greater:
      return truth(left > right);
    case Operator::GreaterEqual:
      return truth(left >= right);
    case Operator::Equal:
      return truth(left == right);
    case Operator::NotEqual:
      return truth(left != right);
    default:
      return malformed("a floating-point number has no bits to work on");
  }
}

Result<std::uint64_t> divide(Operator op, std::uint64_t left, std::uint64_t right, bool is_signed) {
  if (right == 0) return malformed("division by zero");
  if (!is_signed) return op == Operator::Divide ? left / right : left % right;
  const auto dividend = static_cast<std::int64_t>(left), divisor = static_cast<std::int64_t>(right);
  // The one quotient that does not fit: it wraps, as negation does.
  if (divisor == -1) return op == Operator::Divide ? 0 - left : 0;
  return static_cast<std::uint64_t>(op == Operator::Divide ? dividend / divisor : dividend % divisor);
}

std::uint64_t shift(Operator op, std::uint64_t value, std::uint64_t by, bool is_signed) {
  constexpr std::uint64_t kBits = 64;
  const bool is_negative = is_signed && static_cast<std::int64_t>(value) < 0;
  if (op == Operator::ShiftLeft) return by < kBits ? value << by : 0;
  if (by >= kBits) return is_negative ? ~std::uint64_t{0} : 0;
  return is_signed ? static_cast<std::uint64_t>(static_cast<std::int64_t>(value) >> by) : value >> by;
}

template <class Integer>
bool compare(Operator op, Integer left, Integer right) {
  switch (op) {
    case Operator::Less:
      return left < right;
    case Operator::LessEqual:
      return left <= right;
    case Operator::Greater:
      return left > right;
    case Operator::GreaterEqual:
      return left >= right;
    case Operator::Equal:
      return left == right;
    default:
      return left != right;
  }
}

bool is_comparison(Operator op) {
  return op >= Operator::Less && op <= Operator::NotEqual;
}

Result<std::uint64_t> apply_integer(Operator op, std::uint64_t left, std::uint64_t right, bool is_signed) {
  switch (op) {
    case Operator::Multiply:
      return left * right;
    case Operator::Divide:
    case Operator::Remainder:
      return divide(op, left, right, is_signed);
    case Operator::Add:
      return left + right;
    case Operator::Subtract:
      return left - right;
    case Operator::BitAnd:
      return left & right;
    case Operator::BitXor:
      return left ^ right;
    default:
      return left | right;
  }
}

std::uint64_t narrow(std::uint64_t bits, unsigned bytes, bool is_signed) {
  const unsigned unused = 64 - 8 * bytes;
  if (is_signed) return static_cast<std::uint64_t>(static_cast<std::int64_t>(bits << unused) >> unused);
  return bits << unused >> unused;
}

/// A double as an integer: what does not fit is the nearest that does, and what is no number is 0.
std::uint64_t integer_of(double value, bool is_signed) {
  if (std::isnan(value)) return 0;
  if (is_signed || value < 0) {
    if (value >= 0x1p63) return INT64_MAX;
    return static_cast<std::uint64_t>(value < -0x1p63 ? INT64_MIN : static_cast<std::int64_t>(value));
  }
  return value >= 0x1p64 ? UINT64_MAX : static_cast<std::uint64_t>(value);
}

}  // namespace

double Number::as_double() const {
  if (type == Type::Floating) return floating;
  return type == Type::Signed ? static_cast<double>(as_signed()) : static_cast<double>(bits);
}

Result<Number> apply_binary(Operator op, const Number& left, const Number& right) {
  if (left.type == Type::Floating || right.type == Type::Floating)
    return apply_floating(op, left.as_double(), right.as_double());
  if (op == Operator::ShiftLeft || op == Operator::ShiftRight)  // the type is that of what is shifted
    return Number{.type = left.type, .bits = shift(op, left.bits, right.bits, left.type == Type::Signed)};
  const Type type = common_type(left, right);
  if (is_comparison(op))
    return truth(type == Type::Signed ? compare(op, left.as_signed(), right.as_signed())
                                      : compare(op, left.bits, right.bits));
  return Number{.type = type, .bits = TETHER_TRY(apply_integer(op, left.bits, right.bits, type == Type::Signed))};
}

Result<Number> apply_unary(Operator op, const Number& value) {
  if (op == Operator::Not) return truth(!value.is_true());
  if (value.type == Type::Floating)
    return op == Operator::Negate ? Result<Number>(floating(-value.floating))
                                  : malformed("a floating-point number has no bits to work on");
  if (op == Operator::BitNot) return Number{.type = value.type, .bits = ~value.bits};
  return Number{.type = value.type == Type::Literal ? Type::Signed : value.type, .bits = 0 - value.bits};
}

Number convert(const Number& value, const ValueType& type, Abi abi) {
  const unsigned bytes = type.bytes != 0 ? type.bytes : word_size(abi);
  if (type.type == Type::Floating) {
    const double wide = value.as_double();
    return floating(bytes == sizeof(float) ? static_cast<double>(static_cast<float>(wide)) : wide);
  }
  const bool is_signed = type.type == Type::Signed;
  const std::uint64_t bits = value.type == Type::Floating ? integer_of(value.floating, is_signed) : value.bits;
  return {.type = type.type, .bits = narrow(bits, bytes, is_signed)};
}

}  // namespace tether::symbol
