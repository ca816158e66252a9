// Grammar: types, fields, cases, sets.

#include "tools/desc/grammar.h"

namespace tether::desc {
namespace {

ExprPtr both(const ExprPtr& left, const ExprPtr& right) {
  if (left == nullptr) return right;
  return std::make_shared<Expr>(Expr{left->at, BinaryExpr{decode::ExprOp::And, left, right}});
}

ExprPtr negated(const ExprPtr& operand) {
  return std::make_shared<Expr>(Expr{operand->at, UnaryExpr{UnaryOp::Not, operand}});
}

}  // namespace

// ── Sets ─────────────────────────────────────────────────────────────────────────────────────────────────────────

Result<SetExpr> Grammar::set() {
  const std::size_t begin = at_;
  SetExpr set{.headers = headers_, .at = here()};
  for (bool is_subtracted = false;;) {
    SetTerm term = TETHER_TRY(set_term());
    term.is_subtracted = is_subtracted;
    set.terms.push_back(std::move(term));
    if (take("+"))
      is_subtracted = false;
    else if (take("-"))
      is_subtracted = true;
    else
      break;
  }
  for (std::size_t i = begin; i < at_; ++i) set.text += (i == begin ? "" : " ") + tokens_[i].text;
  if (peek().kind == Token::Kind::String && !peek().first_on_line) set.tag = take_text();
  return set;
}

Result<SetTerm> Grammar::set_term() {
  SetTerm term{.at = here()};
  if (is("{")) {
    term.kind = SetTerm::Kind::List;
    TETHER_CHECK(enclosed("{", "}", [&]() -> Result<void> {
      term.items.push_back(TETHER_TRY(name("a constant")));
      return ok();
    }));
  } else if (take("enum")) {
    term.kind = SetTerm::Kind::CEnum;
    term.name = TETHER_TRY(name("a C enum's name"));
  } else {
    term.name = TETHER_TRY(name("a set: a pattern (O_*), { CONSTANTS }, 'enum NAME' or a set's name"));
    term.kind = term.name.find('*') != std::string::npos ? SetTerm::Kind::Glob : SetTerm::Kind::Named;
  }
  return term;
}

// ── Fields and cases ─────────────────────────────────────────────────────────────────────────────────────────────

Result<std::vector<Field>> Grammar::fields() {
  std::vector<Field> list;
  TETHER_CHECK(enclosed("{", "}", [&] { return field(list, false, nullptr); }));
  return list;
}

Result<void> Grammar::field(std::vector<Field>& list, bool is_full, const ExprPtr& condition) {
  const Nesting nesting(*this);
  TETHER_CHECK(nesting.check());
  if (is("full") && is("{", 1)) {
    ++at_;
    return enclosed("{", "}", [&] { return field(list, true, condition); });
  }
  if (take("if")) return conditional_fields(list, is_full, condition);
  Field field{.is_full = is_full, .condition = condition, .at = here()};
  field.shown = TETHER_TRY(name("a field"));
  field.name = take("=") ? TETHER_TRY(name("the field that it shows")) : field.shown;
  if (take(":")) field.type = TETHER_TRY(type(Place::Field));
  if (is("if") && !peek().first_on_line) {
    ++at_;
    const ExprPtr own = TETHER_TRY(expression());
    field.condition = both(condition, own);
    if (is("else")) return wrong("a field has no 'else': write if EXPR { FIELDS } else { FIELDS }");
  }
  list.push_back(std::move(field));
  return ok();
}

Result<void> Grammar::conditional_fields(std::vector<Field>& list, bool is_full, const ExprPtr& condition) {
  const ExprPtr own = TETHER_TRY(expression());
  TETHER_CHECK(enclosed("{", "}", [&] { return field(list, is_full, both(condition, own)); }));
  if (!take("else")) return ok();
  return enclosed("{", "}", [&] { return field(list, is_full, both(condition, negated(own))); });
}

Result<std::vector<Case>> Grammar::cases() {
  std::vector<Case> list;
  TETHER_CHECK(enclosed("{", "}", [&]() -> Result<void> {
    list.push_back(TETHER_TRY(one_case()));
    return ok();
  }));
  return list;
}

Result<Case> Grammar::one_case() {
  Case item{.at = here()};
  if (!take("else")) {
    while (peek().kind == Token::Kind::Name || peek().kind == Token::Kind::Number) {
      Label label{.first = take_number_or_text()};
      if (take("/")) label.second = TETHER_TRY(name("a constant"));
      item.labels.push_back(std::move(label));
    }
    if (item.labels.empty()) return expected("a constant, a number or 'else'");
  }
  TETHER_CHECK(expect(":"));
  item.type = TETHER_TRY(type());
  return item;
}

// ── Types ────────────────────────────────────────────────────────────────────────────────────────────────────────

Result<TypePtr> Grammar::type(Place place) {
  const Nesting nesting(*this);
  TETHER_CHECK(nesting.check());
  const Location at = here();
  const TypePtr then = std::make_shared<Type>(TETHER_TRY(is_any({"in", "out", "inout"}) ? pointer() : plain_type()));
  if (is_any({"sized", "at", "on"}) && !peek().first_on_line)
    return wrong(quote(peek().text) + " stands behind a pointer: in, out or inout");
  if (place == Place::Field || !is("if") || peek().first_on_line) return then;
  ++at_;
  IfType choice{.condition = TETHER_TRY(expression()), .then = then};
  if (take("else")) choice.otherwise = TETHER_TRY(type());
  return std::make_shared<Type>(Type{.at = at, .what = std::move(choice)});
}

Result<Type> Grammar::pointer() {
  PointerType pointer{.is_in = !is("out"), .is_out = !is("in")};
  Type type{.at = here()};
  ++at_;
  if (is_any({"in", "out", "inout"}) && !peek().first_on_line)
    return wrong("a pointer to a pointer has no type here: describe a struct that holds it");
  if (is_type_start()) pointer.pointee = std::make_shared<Type>(TETHER_TRY(plain_type()));
  while (is_any({"sized", "at", "on", "also", "always"}) && !peek().first_on_line) {
    if (take("sized"))
      pointer.sized = TETHER_TRY(expression());
    else if (take("at"))
      pointer.dirfd = TETHER_TRY(name("an argument that holds a directory's descriptor"));
    else if (take("also"))
      pointer.is_also_on_success = true;
    else if (take("always"))
      pointer.is_always = true;
    else if (take("on"))
      pointer.on_errno = TETHER_TRY(name("an errno"));
  }
  type.what = std::move(pointer);
  return type;
}

/// Whether a type begins here, rather than what may follow a bare `in`.
bool Grammar::is_type_start() const {
  if (is("{")) return true;
  if (peek().kind != Token::Kind::Name || peek().first_on_line) return false;
  return !is_any({"sized", "at", "on", "also", "always", "if", "else", "class", "note", "wide"});
}

Result<Type> Grammar::plain_type() {
  const Nesting nesting(*this);
  TETHER_CHECK(nesting.check());
  Type type{.at = here()};
  const std::uint8_t width = set_width();
  if (take("flags")) {
    type.what = FlagsType{.set = TETHER_TRY(set()), .width = width};
  } else if (take("mask")) {
    type.what = FlagsType{.set = TETHER_TRY(set()), .is_mask = true};
  } else if (take("enum")) {
    EnumType names{.width = width};
    if (!take("cases")) names.set = TETHER_TRY(set());
    names.is_or_number = is("or") && is("int", 1);
    if (names.is_or_number) at_ += 2;
    type.what = std::move(names);
  } else if (take("skip")) {
    SkipType skip;
    if (is_type_start()) skip.passed = std::make_shared<Type>(TETHER_TRY(plain_type()));
    type.what = std::move(skip);
  } else if (take("by")) {
    type.what = TETHER_TRY(choice());
  } else if (take("seq")) {
    SeqType seq;
    TETHER_CHECK(enclosed("{", "}", [&]() -> Result<void> {
      seq.parts.push_back(TETHER_TRY(this->type()));
      return ok();
    }));
    type.what = std::move(seq);
  } else if (is("{")) {
    type.what = RecordType{TETHER_TRY(fields())};
  } else {
    type.what = TETHER_TRY(named_type());
  }
  TETHER_CHECK(length(type));
  return type;
}

/// `u16` before `flags` or `enum`, in bytes; 0 if there is none.
std::uint8_t Grammar::set_width() {
  if (!is("flags", 1) && !is("enum", 1)) return 0;
  std::uint8_t width = 0;
  if (is("u8")) width = 1;
  if (is("u16")) width = 2;
  if (is("u32")) width = 4;
  if (is("u64")) width = 8;
  if (width != 0) ++at_;
  return width;
}

Result<ChoiceType> Grammar::choice() {
  ChoiceType choice;
  choice.keys.push_back(TETHER_TRY(expression()));
  if (take(",")) choice.keys.push_back(TETHER_TRY(expression()));
  choice.cases = TETHER_TRY(cases());
  return choice;
}

Result<NamedType> Grammar::named_type() {
  NamedType named{.name = TETHER_TRY(name("a type"))};
  if (!is("(")) return named;
  TETHER_CHECK(enclosed("(", ")", [&]() -> Result<void> {
    if (peek().kind != Token::Kind::String) {
      named.arguments.push_back(TETHER_TRY(expression()));
      return ok();
    }
    named.text = take_text();
    if (take(",")) named.text_set = TETHER_TRY(name("a set that names the numbers"));
    return ok();
  }));
  return named;
}

Result<void> Grammar::length(Type& type) {
  if (!take("[")) return ok();
  if (take("]")) {
    type.length = Length::Available;
    return indexes(type);
  }
  if (is("ret") && is("]", 1)) {
    ++at_;
    type.length = Length::Ret;
  } else {
    type.count = TETHER_TRY(expression());
    type.length = Length::Given;
    if (take("within")) {
      TETHER_CHECK(expect("ret"));
      type.length = Length::WithinRet;
    }
  }
  TETHER_CHECK(expect("]"));
  return indexes(type);
}

/// `indexed SET from 1`, behind an array.
Result<void> Grammar::indexes(Type& type) {
  if (!is("indexed") || peek().first_on_line) return ok();
  ++at_;
  type.indexes = TETHER_TRY(set());
  if (!is("from") || peek().first_on_line) return ok();
  ++at_;
  if (!take("1")) return expected("1: the number of the first element");
  type.first_index = 1;
  return ok();
}

}  // namespace tether::desc
