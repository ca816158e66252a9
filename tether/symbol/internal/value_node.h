#pragma once
// ValueExpression::Node: what an expression is parsed into.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tether/symbol/value_expression.h"

namespace tether::symbol {

/// The types of memory and of casts.
struct ValueType {
  std::string_view name;
  std::uint8_t bytes;  ///< 0: a pointer of the ABI
  Number::Type type;
};
/// Null if there is none of this name.
const ValueType* find_value_type(std::string_view name);

enum class Operator : std::uint8_t {
  Multiply,
  Divide,
  Remainder,
  Add,
  Subtract,
  ShiftLeft,
  ShiftRight,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
  Equal,
  NotEqual,
  BitAnd,
  BitXor,
  BitOr,
  And,
  Or,
  Negate,
  BitNot,
  Not,
};

struct ValueExpression::Node {
  enum class Kind : std::uint8_t {
    Constant,  ///< number
    Name,      ///< name: a register, a symbol, a module
    Symbol,    ///< name: the same, but no register
    Mapping,   ///< name, brackets included
    Line,      ///< name: file; number: line
    Memory,    ///< children[0]: address; type
    Cast,      ///< children[0]; type
    Unary,     ///< children[0]; op
    Binary,    ///< children[0], [1]; op
    Choice,    ///< children[0] ? [1] : [2]
  };
  Kind kind = Kind::Constant;
  std::size_t position = 0;  ///< in the text, from 0
  Number number{};
  std::string name{};
  const ValueType* type = nullptr;
  Operator op = Operator::Add;
  std::vector<std::shared_ptr<const Node>> children{};
};

using NodePtr = std::shared_ptr<const ValueExpression::Node>;

/// Errors name the position.
Result<NodePtr> parse_value(std::string_view text);

/// "rax +: at 5: a value is missing".
Error value_error(ErrorCode code, std::string_view text, std::size_t position, std::string_view what);

/// Both are integers or doubles by then. Malformed for a division by zero and for bits of a double.
Result<Number> apply_binary(Operator op, const Number& left, const Number& right);
Result<Number> apply_unary(Operator op, const Number& value);
Number convert(const Number& value, const ValueType& type, Abi abi);

}  // namespace tether::symbol
