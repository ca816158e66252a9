#pragma once
// Expressions: names in expressions → fields, arguments, constants, host queries.

#include "tools/desc/resolution.h"

namespace tether::desc {

/// The structs around the place where an expression stands, innermost first: what tables.h calls scopes.
struct Scope {
  const Layout* layout;
  const Scope* outer;
};

class Expressions {
 public:
  explicit Expressions(Resolution& resolution) : r_(resolution) {}

  /// Null gives 0. A name is looked up in the scopes, then among the call's arguments, then among constants.
  decode::ExprId resolve(const ExprPtr& expression, const Scope* scope);
  /// The same, for a number of elements or bytes: what it names must not be a pointer.
  decode::ExprId resolve_count(const ExprPtr& expression, const Scope* scope);

 private:
  decode::ExprId resolve(const UnaryExpr& unary, const Scope* scope);
  decode::ExprId resolve(const BinaryExpr& binary, const Scope* scope);
  decode::ExprId resolve(const MemberExpr& member, const Location& at);
  decode::ExprId behind_argument(const MemberExpr& member);
  decode::ExprId resolve(const NameExpr& name, const Location& at, const Scope* scope);
  decode::ExprId field(const Member& member, std::uint8_t level, const Location& at);
  decode::ExprId argument(std::uint32_t index, const Location& at);
  decode::ExprId nothing_called(const std::string& name, const Location& at, const Scope* scope);

  Resolution& r_;
  bool counts_ = false;  ///< within resolve_count
};

}  // namespace tether::desc
