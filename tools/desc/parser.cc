#include "parser.h"

#include <cctype>
#include <cstdlib>

namespace tether::desc {
namespace {

struct Token {
  enum class Kind { End, Name, Number, String, Header, Punct } kind = Kind::End;
  std::string text;
  std::uint64_t number = 0;
  int line = 0;
  bool first_on_line = false;
};

std::vector<Token> lex(const std::string& file, const std::string& text, std::vector<std::string>& errors) {
  static const char* kTwo[] = {"==", "!=", "&&", "||", "<<", ">>", "->", "<=", ">="};
  std::vector<Token> tokens;
  int line = 1;
  bool first = true;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '\n') { ++line; first = true; ++i; continue; }
    if (std::isspace(static_cast<unsigned char>(c))) { ++i; continue; }
    if (c == '#') { while (i < text.size() && text[i] != '\n') ++i; continue; }
    Token t;
    t.line = line;
    t.first_on_line = first;
    first = false;
    const std::size_t start = i;
    const auto is_name = [](char ch) { return std::isalnum(static_cast<unsigned char>(ch)) || ch == '_' || ch == '*'; };
    if (std::isdigit(static_cast<unsigned char>(c))) {
      while (i < text.size() && std::isalnum(static_cast<unsigned char>(text[i]))) ++i;
      t.kind = Token::Kind::Number;
      t.text = text.substr(start, i - start);
      t.number = std::strtoull(t.text.c_str(), nullptr, 0);
    } else if (is_name(c)) {
      while (i < text.size() && is_name(text[i])) ++i;
      t.kind = Token::Kind::Name;
      t.text = text.substr(start, i - start);
    } else if (c == '"') {
      const std::size_t end = text.find('"', i + 1);
      if (end == std::string::npos) { errors.push_back(file + ":" + std::to_string(line) + ": unterminated string"); break; }
      t.kind = Token::Kind::String;
      t.text = text.substr(i + 1, end - i - 1);
      i = end + 1;
    } else if (c == '<' && i + 1 < text.size() && (std::isalpha(static_cast<unsigned char>(text[i + 1]))) &&
               text.find('>', i) != std::string::npos && text.find('>', i) < text.find('\n', i) &&
               text.substr(i, text.find('>', i) - i).find(".h") != std::string::npos) {
      const std::size_t end = text.find('>', i);
      t.kind = Token::Kind::Header;
      t.text = text.substr(i + 1, end - i - 1);
      i = end + 1;
    } else {
      t.kind = Token::Kind::Punct;
      t.text = text.substr(i, 1);
      for (const char* two : kTwo)
        if (text.compare(i, 2, two) == 0) t.text = two;
      if (text.compare(i, 3, "...") == 0) t.text = "...";
      i += t.text.size();
    }
    tokens.push_back(t);
  }
  Token end;
  end.line = line;
  end.first_on_line = true;
  tokens.push_back(end);
  return tokens;
}

struct SyntaxError { std::string message; };

class Parser {
 public:
  Parser(std::string file, std::vector<Token> tokens, File& out) : file_(std::move(file)), tokens_(std::move(tokens)), out_(out) {}

  void parse(std::vector<std::string>& errors) {
    while (peek().kind != Token::Kind::End) {
      try {
        item();
      } catch (const SyntaxError& e) {
        errors.push_back(e.message);
        // Go on with the next item: a line that begins with an item's keyword.
        ++at_;
        while (peek().kind != Token::Kind::End && !(peek().first_on_line && is_item(peek().text))) ++at_;
      }
    }
  }

 private:
  static bool is_item(const std::string& w) {
    for (const char* k : {"from", "const", "layout", "set", "bits", "type", "struct", "union", "records", "call", "ioctl", "sockopt", "ignore"})
      if (w == k) return true;
    return false;
  }
  const Token& peek(int ahead = 0) const { return tokens_[std::min(at_ + static_cast<std::size_t>(ahead), tokens_.size() - 1)]; }
  Token next() { Token t = peek(); if (at_ + 1 < tokens_.size()) ++at_; return t; }
  bool is(const char* text, int ahead = 0) const { return peek(ahead).text == text && peek(ahead).kind != Token::Kind::String && peek(ahead).kind != Token::Kind::End; }
  bool take(const char* text) { if (!is(text)) return false; next(); return true; }
  Location here() const { return {file_, peek().line}; }
  [[noreturn]] void fail(const std::string& what) const {
    throw SyntaxError{file_ + ":" + std::to_string(peek().line) + ": " + what + (peek().kind == Token::Kind::End ? ", found the end of the file" : ", found '" + peek().text + "'")};
  }
  void expect(const char* text) { if (!take(text)) fail(std::string("expected '") + text + "'"); }
  std::string name(const char* what) {
    if (peek().kind != Token::Kind::Name) fail(std::string("expected ") + what);
    return next().text;
  }
  void separator() { while (take(",")) {} }
  static bool is_upper(const std::string& s) {
    bool has = false;
    for (char c : s) { if (std::islower(static_cast<unsigned char>(c))) return false; has |= std::isupper(static_cast<unsigned char>(c)) != 0; }
    return has;
  }

  // ── Items ──
  void item() {
    const Location at = here();
    const std::string word = name("an item (call, struct, set, …)");
    if (word == "from") { headers_.clear(); while (peek().kind == Token::Kind::Header) headers_.push_back(next().text); }
    else if (word == "const") consts();
    else if (word == "layout") layout(at);
    else if (word == "set") { SetItem s{name("a name"), {}, at}; expect("="); s.set = set(); out_.sets.push_back(s); }
    else if (word == "bits") bits(at);
    else if (word == "type") { TypeItem t{name("a name"), nullptr, at}; expect("="); t.type = type(); out_.types.push_back(t); }
    else if (word == "struct") struct_item(at);
    else if (word == "union") union_item(at);
    else if (word == "records") records(at);
    else if (word == "call") call(at);
    else if (word == "ioctl") { name("a group's name"); IoctlItem i{cases(), headers_, at}; out_.ioctls.push_back(i); }
    else if (word == "sockopt") { SockoptItem s; s.at = at; s.level = name("a level"); s.set = set(); s.cases = cases(); out_.sockopts.push_back(s); }
    else if (word == "ignore") { expect("{"); while (!take("}")) next(); }
    else { --at_; fail("expected an item (call, struct, set, …)"); }
  }
  void consts() {
    expect("{");
    while (!take("}")) { ConstItem c; c.at = here(); c.name = name("a constant's name"); expect("="); c.value = expr(); out_.consts.push_back(c); separator(); }
  }
  void layout(const Location& at) {
    LayoutItem l{name("a name"), {}, at};
    expect("{");
    while (!take("}")) { std::string f = name("a field"); expect(":"); l.fields.emplace_back(f, name("a type")); separator(); }
    out_.layouts.push_back(l);
  }
  void bits(const Location& at) {
    BitsItem b{name("a name"), {}, at};
    expect("{");
    while (!take("}")) {
      BitsPartItem p;
      if (take("enum")) { p.kind = BitsPartItem::Kind::Enum; p.set = set(); expect("in"); p.mask = expr(); }
      else if (take("flags")) { p.kind = BitsPartItem::Kind::Flags; p.set = set(); }
      else if (take("fuse")) {
        p.kind = BitsPartItem::Kind::Fuse;
        expect("{");
        while (!take("}")) { std::string from = name("a constant"); expect("as"); p.fused.emplace_back(from, name("a suffix")); separator(); }
      } else if (take("oct")) { p.kind = BitsPartItem::Kind::Octal; expect("in"); p.mask = expr(); }
      else if (take("int")) { p.kind = BitsPartItem::Kind::Decimal; expect("in"); p.mask = expr(); }
      else if (take("shifted")) { p.kind = BitsPartItem::Kind::Shifted; p.shift = name("a constant"); expect("in"); p.mask = expr(); }
      else fail("expected enum, flags, fuse, oct, int or shifted");
      b.parts.push_back(p);
      separator();
    }
    out_.bits.push_back(b);
  }
  void struct_item(const Location& at) {
    StructItem s;
    s.at = at;
    s.c_name = s.name = name("a struct's name");
    if (take("as")) s.name = name("a name");
    if (take("sized")) s.sized = expr();
    if (take("=")) { s.same_as = name("a struct's name"); s.has_fields = false; }
    else s.fields = fields();
    out_.structs.push_back(s);
  }
  void union_item(const Location& at) {
    UnionItem u{name("a name"), std::make_shared<Type>(), at};
    expect("by");
    u.choice->at = at;
    choice_rest(*u.choice);
    out_.unions.push_back(u);
  }
  void records(const Location& at) {
    RecordsItem r;
    r.at = at;
    r.name = name("a name");
    expect("=");
    r.header = name("a struct");
    expect("length");
    r.length_field = name("a field");
    if (take("align")) r.align = next().text;
    if (take("brief")) { expect("count"); if (peek().kind != Token::Kind::String) fail("expected a word in quotes"); r.brief = next().text; }
    expect("{");
    while (!is("}") && !is("body")) { field(r.fields, false, nullptr); separator(); }
    if (take("body")) { r.body_label = name("a name"); expect(":"); r.body = type(); separator(); }
    expect("}");
    out_.records.push_back(r);
  }
  void call(const Location& at) {
    CallItem c;
    c.at = at;
    c.headers = headers_;
    while (peek().kind == Token::Kind::Name) c.names.push_back(next().text);
    expect("(");
    bool open = false;
    c.arguments = arguments(open);
    for (;;) {
      if (peek().first_on_line && !is("->") && !is("note") && !is("class") ) break;
      if (take("by")) {
        c.key = expr();
        if (is("{")) variants(c);
      } else if (take("->")) {
        if (is("by")) { c.result = type(); } else c.result = type();
      } else if (take("note")) c.note = name("a note");
      else if (take("class")) { const std::string sign = take("%") ? "%" : ""; c.classes.push_back(sign + name("a class")); }
      else break;
    }
    out_.calls.push_back(c);
  }
  std::vector<Argument> arguments(bool& open) {
    std::vector<Argument> list;
    while (!take(")")) {
      Argument a;
      a.at = here();
      if (take("...")) { open = true; separator(); continue; }
      a.name = a.shown = name("an argument's name");
      if (take("=")) {
        a.name = name("an argument of the prototype");
        a.registers.push_back(a.name);
        while (peek().kind == Token::Kind::Name) a.registers.push_back(next().text);
      }
      if (a.name == "skip" && !is(":")) a.is_skip = true;
      else if (take(":")) a.type = type();
      a.is_wide = take("wide");
      list.push_back(a);
      separator();
    }
    return list;
  }
  void variants(CallItem& c) {
    expect("{");
    while (!take("}")) {
      Variant v;
      v.at = here();
      if (!take("else")) while (peek().kind == Token::Kind::Name) v.labels.push_back(next().text);
      expect(":");
      expect("(");
      bool open = false;
      v.arguments = arguments(open);
      c.variants.push_back(v);
      separator();
    }
  }

  // ── Fields and cases ──
  std::vector<Field> fields() {
    std::vector<Field> list;
    expect("{");
    while (!take("}")) { field(list, false, nullptr); separator(); }
    return list;
  }
  static ExprPtr both(ExprPtr a, ExprPtr b) {
    if (!a) return b;
    if (!b) return a;
    auto e = std::make_shared<Expr>();
    e->kind = Expr::Kind::Binary; e->name = "&&"; e->left = a; e->right = b; e->at = a->at;
    return e;
  }
  static ExprPtr negated(ExprPtr a) {
    auto e = std::make_shared<Expr>();
    e->kind = Expr::Kind::Unary; e->name = "!"; e->left = a; e->at = a->at;
    return e;
  }
  void field(std::vector<Field>& list, bool full, ExprPtr condition) {
    const Location at = here();
    if (is("full") && is("{", 1)) { next(); next(); while (!take("}")) { field(list, true, condition); separator(); } return; }
    if (is("if")) {
      next();
      ExprPtr e = expr();
      expect("{");
      while (!take("}")) { field(list, full, both(condition, e)); separator(); }
      if (take("else")) { expect("{"); while (!take("}")) { field(list, full, both(condition, negated(e))); separator(); } }
      return;
    }
    Field f;
    f.at = at;
    f.is_full = full;
    f.condition = condition;
    f.shown = f.name = name("a field");
    if (take("=")) f.name = name("a field");
    if (take(":")) f.type = type(true);
    if (is("if") && !peek().first_on_line) { next(); f.condition = both(f.condition, expr()); if (is("else")) fail("else is for arguments"); }
    list.push_back(f);
  }
  std::vector<Case> cases() {
    std::vector<Case> list;
    expect("{");
    while (!take("}")) {
      Case c;
      c.at = here();
      if (!take("else"))
        while (peek().kind == Token::Kind::Name || peek().kind == Token::Kind::Number) {
          std::vector<std::string> label{next().text};
          if (take("/")) label.push_back(name("a constant"));
          c.labels.push_back(label);
        }
      expect(":");
      c.type = type();
      list.push_back(c);
      separator();
    }
    return list;
  }

  // ── Sets ──
  SetExpr set() {
    SetExpr s;
    s.at = here();
    s.headers = headers_;
    bool subtract = false;
    for (;;) {
      SetTerm t;
      t.at = here();
      t.is_subtracted = subtract;
      if (take("{")) {
        t.kind = SetTerm::Kind::List;
        while (!take("}")) { t.items.push_back(name("a constant")); separator(); }
      } else if (take("enum")) { t.kind = SetTerm::Kind::CEnum; t.name = name("a C enum's name"); }
      else {
        t.name = name("a set");
        t.kind = t.name.find('*') != std::string::npos ? SetTerm::Kind::Glob : SetTerm::Kind::Named;
      }
      s.terms.push_back(t);
      if (take("+")) subtract = false;
      else if (take("-")) subtract = true;
      else return s;
    }
  }

  // ── Types ──
  TypePtr type(bool in_field = false) {
    TypePtr t = plain_type();
    for (;;) {
      if (is("sized")) { next(); t->sized = expr(); }
      else if (is("at") && t->kind == Type::Kind::Pointer) { next(); t->at_dirfd = name("an argument"); }
      else if (is("also") && is("on", 1) && t->kind == Type::Kind::Pointer) { next(); t->is_also = true; }
      else if (is("on") && t->kind == Type::Kind::Pointer) { next(); t->on_errno = name("an errno"); }
      else break;
    }
    if (is("if") && !peek().first_on_line && !in_field) {
      next();
      auto c = std::make_shared<Type>();
      c->kind = Type::Kind::If;
      c->at = t->at;
      c->condition = expr();
      c->then = t;
      if (take("else")) c->otherwise = type();
      return c;
    }
    return t;
  }
  TypePtr plain_type() {
    auto t = std::make_shared<Type>();
    t->at = here();
    if (is("in") || is("out") || is("inout")) {
      const std::string direction = next().text;
      t->kind = Type::Kind::Pointer;
      t->is_in = direction != "out";
      t->is_out = direction != "in";
      if (starts_type()) t->pointee = plain_type();
      return t;
    }
    if ((is("u8") || is("u16") || is("u32") || is("u64")) && (is("enum", 1) || is("flags", 1))) t->width = next().text;
    if (take("flags")) { t->kind = Type::Kind::Flags; t->set = set(); }
    else if (take("enum")) {
      t->kind = Type::Kind::Enum;
      if (is("cases")) { next(); t->is_cases = true; } else t->set = set();
      if (is("or") && is("int", 1)) { next(); next(); t->is_or_number = true; }
    } else if (take("skip")) { t->kind = Type::Kind::Skip; if (starts_type()) t->pointee = plain_type(); }
    else if (take("by")) { t->kind = Type::Kind::Choice; choice_rest(*t); }
    else if (take("seq")) {
      t->kind = Type::Kind::Seq;
      expect("{");
      while (!take("}")) { t->parts.push_back(type()); separator(); }
    } else if (is("{")) { t->kind = Type::Kind::Record; t->fields = fields(); }
    else {
      t->kind = Type::Kind::Name;
      t->name = name("a type");
      if (take("(")) {
        while (!take(")")) {
          if (peek().kind == Token::Kind::String) {
            t->text = next().text;
            if (take(",")) t->text_set = name("a set");
          } else t->arguments.push_back(expr());
          separator();
        }
      }
    }
    if (take("[")) {
      if (take("]")) t->length = Length::Available;
      else {
        if (is("ret") && is("]", 1)) { next(); t->length = Length::Ret; }
        else {
          t->count = expr();
          t->length = Length::Given;
          if (take("within")) { expect("ret"); t->length = Length::WithinRet; }
        }
        expect("]");
      }
    }
    return t;
  }
  bool starts_type() const {
    if (is("{")) return true;
    if (peek().kind != Token::Kind::Name || peek().first_on_line) return false;
    for (const char* k : {"sized", "at", "on", "also", "if", "else", "class", "note", "wide"}) if (is(k)) return false;
    return true;
  }
  void choice_rest(Type& t) {
    t.kind = Type::Kind::Choice;
    t.keys.push_back(expr());
    if (take(",")) t.keys.push_back(expr());
    t.cases = cases();
  }

  // ── Expressions: || && == != < > <= >= has | & << >> + - ! ──
  ExprPtr binary(const std::vector<const char*>& ops, ExprPtr (Parser::*lower)()) {
    ExprPtr left = (this->*lower)();
    for (;;) {
      const char* found = nullptr;
      for (const char* op : ops) if (is(op)) found = op;
      if (found == nullptr) return left;
      auto e = std::make_shared<Expr>();
      e->at = here();
      next();
      e->kind = Expr::Kind::Binary; e->name = found; e->left = left; e->right = (this->*lower)();
      left = e;
    }
  }
  ExprPtr expr() { return or_(); }
  ExprPtr or_() { return binary({"||"}, &Parser::and_); }
  ExprPtr and_() { return binary({"&&"}, &Parser::compare); }
  ExprPtr compare() { return binary({"==", "!=", "<=", ">=", "<", ">", "has"}, &Parser::bit_or); }
  ExprPtr bit_or() { return binary({"|"}, &Parser::bit_and); }
  ExprPtr bit_and() { return binary({"&"}, &Parser::shift); }
  ExprPtr shift() { return binary({"<<", ">>"}, &Parser::sum); }
  ExprPtr sum() { return binary({"+", "-"}, &Parser::unary); }
  ExprPtr unary() {
    auto e = std::make_shared<Expr>();
    e->at = here();
    if (take("!")) { e->kind = Expr::Kind::Unary; e->name = "!"; e->left = unary(); return e; }
    if (take("-")) { e->kind = Expr::Kind::Unary; e->name = "-"; e->left = unary(); return e; }
    if (take("~")) { e->kind = Expr::Kind::Unary; e->name = "~"; e->left = unary(); return e; }
    if (take("(")) { ExprPtr inner = expr(); expect(")"); return inner; }
    if (peek().kind == Token::Kind::Number) { e->kind = Expr::Kind::Number; e->number = next().number; return e; }
    e->kind = Expr::Kind::Name;
    e->name = name("an expression");
    if (take(".")) { e->kind = Expr::Kind::Member; e->member = name("a member"); }
    return e;
  }

  std::string file_;
  std::vector<Token> tokens_;
  File& out_;
  std::size_t at_ = 0;
  std::vector<std::string> headers_;
};

}  // namespace

void parse(const std::string& file, const std::string& text, File& out, std::vector<std::string>& errors) {
  Parser(file, lex(file, text, errors), out).parse(errors);
}

}  // namespace tether::desc
