#pragma once
// Constants: the numbers behind names in one ABI, from headers and from the descriptions' `const` items.

#include <map>
#include <optional>
#include <string>

#include "tools/desc/ast.h"
#include "tools/desc/diagnostics.h"
#include "tools/desc/facts.h"
#include "tools/desc/survey.h"

namespace tether::desc {

/// What an operator of the language makes of two constants; none: a shift by 64 or more, or no such operator.
std::optional<std::uint64_t> compute(decode::ExprOp op, std::uint64_t left, std::uint64_t right);

std::uint64_t compute(UnaryOp op, std::uint64_t operand);

class Constants {
 public:
  /// Reports `const` items that are no constants, or that the headers have.
  Constants(Abi abi, const Facts& facts, const std::vector<ConstItem>& own, Diagnostics& diagnostics, Survey& survey);

  /// None if this ABI has no such constant. What was asked for counts as used.
  std::optional<std::uint64_t> find(const std::string& name) const;
  /// The same, for a name that must exist in some ABI: reports it otherwise. A label's number stands for itself.
  std::optional<std::uint64_t> demand(const std::string& name, const Location& at) const;
  /// Whether some ABI has it.
  bool exists(const std::string& name) const { return own_.contains(name) || facts_.constants.contains(name); }
  /// A constant expression's value; reports what is none.
  std::uint64_t evaluate(const ExprPtr& expression) const;
  void suggest(Suggestion& suggestion) const;

 private:
  std::optional<std::uint64_t> try_evaluate(const Expr& expression) const;

  Abi abi_;
  const Facts& facts_;
  Diagnostics& diagnostics_;
  Survey& survey_;
  std::map<std::string, std::uint64_t> own_;
};

}  // namespace tether::desc
