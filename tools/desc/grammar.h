#pragma once
// Grammar: a recursive-descent parser of descriptions, one member function per construct.
//
// A member function reads its construct at the current token and stops behind it; an error leaves the current token at
// the place that is wrong, so that its line is the message's. grammar_items.cc, grammar_types.cc and
// grammar_expressions.cc hold the parts.

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "tether/base/result.h"
#include "tools/desc/ast.h"
#include "tools/desc/lexer.h"

namespace tether::desc {

class Grammar {
 public:
  Grammar(const std::string& file, const std::string& text, Descriptions& out, Diagnostics& diagnostics)
      : file_(file), out_(out), diagnostics_(diagnostics), tokens_(lex(file, text, diagnostics)) {}

  void read_file();

 private:
  // Tokens.
  const Token& peek(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  bool at_end() const { return peek().kind == Token::Kind::End; }
  bool is(std::string_view text, std::size_t ahead = 0) const;
  bool is_any(std::initializer_list<std::string_view> texts) const;
  bool is_item_start() const;
  bool take(std::string_view text);
  std::string take_text();
  /// A number in decimal, however it was written; anything else as it is.
  std::string take_number_or_text();
  Location here() const { return {file_, peek().line}; }
  std::unexpected<Error> wrong(const std::string& what) const;
  std::unexpected<Error> expected(const std::string& what) const;
  Result<void> expect(std::string_view text);
  Result<std::string> name(const std::string& what);
  Result<std::string> quoted(const std::string& what);
  /// Reads "{ … }" (or another pair), calling `each` for what lies between, until the closing mark. Commas are
  /// optional.
  template <class Each>
  Result<void> enclosed(std::string_view open, std::string_view close, Each each);

  // Items.
  Result<void> item();
  Result<void> from(const Location& at);
  Result<void> consts();
  Result<void> layout(const Location& at);
  Result<void> set_item(const Location& at);
  Result<void> bits(const Location& at);
  Result<BitsPartItem> bits_part();
  Result<void> type_item(const Location& at);
  Result<void> structure(const Location& at);
  Result<void> union_by(const Location& at);
  Result<void> records(const Location& at);
  Result<void> call(const Location& at);
  Result<Abi> abi();
  Result<void> call_tail(CallItem& call);
  Result<void> ioctl(const Location& at);
  Result<void> sockopt(const Location& at);
  Result<void> ignore();
  struct Arguments {
    std::vector<Argument> list;
    bool has_more = false;  ///< ended with `...`
  };
  Result<Arguments> arguments();
  Result<Variant> variant();

  // Sets, fields, types.
  Result<SetExpr> set();
  Result<SetTerm> set_term();
  Result<std::vector<Field>> fields();
  Result<void> field(std::vector<Field>& list, bool is_full, const ExprPtr& condition);
  Result<void> conditional_fields(std::vector<Field>& list, bool is_full, const ExprPtr& condition);
  Result<std::vector<Case>> cases();
  Result<Case> one_case();
  enum class Place : std::uint8_t { Field, Elsewhere };  ///< a field's `if` belongs to the field, not to its type
  Result<TypePtr> type(Place place = Place::Elsewhere);
  Result<Type> plain_type();
  Result<Type> pointer();
  std::uint8_t set_width();
  Result<ChoiceType> choice();
  Result<NamedType> named_type();
  Result<void> length(Type& type);
  Result<void> indexes(Type& type);
  bool is_type_start() const;

  // Expressions, loosest first.
  Result<ExprPtr> expression();
  Result<ExprPtr> binary(std::size_t level);
  Result<ExprPtr> unary();
  Result<ExprPtr> primary();

  /// Counts how deep constructs lie within each other: hostile text must not exhaust the stack.
  class Nesting;

  const std::string& file_;
  Descriptions& out_;
  Diagnostics& diagnostics_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::vector<std::string> headers_;  ///< of the last `from`
};

class Grammar::Nesting {
 public:
  explicit Nesting(Grammar& grammar) : grammar_(grammar) { ++grammar_.depth_; }
  ~Nesting() { --grammar_.depth_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;
  Result<void> check() const {
    constexpr int kDeepest = 100;
    if (grammar_.depth_ > kDeepest) return grammar_.wrong("this is nested more than 100 deep");
    return ok();
  }

 private:
  Grammar& grammar_;
};

template <class Each>
Result<void> Grammar::enclosed(std::string_view open, std::string_view close, Each each) {
  const int line = peek().line;
  TETHER_CHECK(expect(open));
  while (!take(close)) {
    if (at_end() || (open == "{" && peek().column == 1 && is_item_start()))
      return wrong("the '" + std::string(open) + "' of line " + std::to_string(line) + " is not closed");
    TETHER_CHECK(each());
    while (take(",")) {
    }
  }
  return ok();
}

}  // namespace tether::desc
