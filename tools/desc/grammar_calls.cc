// Grammar: calls, their arguments and variants.

#include "tools/desc/grammar.h"

namespace tether::desc {

Result<void> Grammar::call(const Location& at) {
  CallItem item{.at = at};
  while (peek().kind == Token::Kind::Name && !is("for")) item.names.push_back(take_text());
  if (item.names.empty()) return expected("a system call's name");
  if (take("for")) item.abi = TETHER_TRY(abi());
  const Arguments head = TETHER_TRY(arguments());
  item.arguments = head.list;
  TETHER_CHECK(call_tail(item));
  if (head.has_more && item.key == nullptr) return wrong("'...' needs variants: by EXPR { CONST: (ARGUMENTS) … }");
  out_.calls.push_back(std::move(item));
  return ok();
}

Result<Abi> Grammar::abi() {
  for (const Abi abi : {Abi::X86_64, Abi::I386})
    if (take(abi_name(abi))) return abi;
  return expected("x86_64 or i386");
}

Result<void> Grammar::call_tail(CallItem& item) {
  for (;;) {
    if (take("by")) {
      item.key = TETHER_TRY(expression());
      TETHER_CHECK(enclosed("{", "}", [&]() -> Result<void> {
        item.variants.push_back(TETHER_TRY(variant()));
        return ok();
      }));
    } else if (take("->")) {
      item.result = TETHER_TRY(type());
    } else if (take("note")) {
      item.note = TETHER_TRY(name("a note: poll, select or fcntl"));
    } else if (take("class")) {
      const std::string sign = take("%") ? "%" : "";  // %stat: all that stat alike; stat: stat itself
      const std::string word = TETHER_TRY(name("a class"));
      item.classes.push_back(sign + word);
    } else {
      return ok();
    }
  }
}

Result<Grammar::Arguments> Grammar::arguments() {
  Arguments arguments;
  TETHER_CHECK(enclosed("(", ")", [&]() -> Result<void> {
    if (arguments.has_more) return expected("')' behind '...'");
    if (take("...")) {
      arguments.has_more = true;
      return ok();
    }
    Argument argument{.at = here()};
    argument.shown = argument.name = TETHER_TRY(name("an argument's name"));
    if (take("=")) {
      while (peek().kind == Token::Kind::Name) argument.registers.push_back(take_text());
      if (argument.registers.empty()) return expected("the prototype's name of the argument");
      argument.name = argument.registers.front();
    }
    argument.is_skip = argument.name == "skip" && !is(":");
    if (take(":")) argument.type = TETHER_TRY(type());
    argument.is_wide = take("wide");
    arguments.list.push_back(std::move(argument));
    return ok();
  }));
  return arguments;
}

Result<Variant> Grammar::variant() {
  Variant variant{.at = here()};
  if (!take("else")) {
    while (peek().kind == Token::Kind::Name) variant.labels.push_back(take_text());
    if (variant.labels.empty()) return expected("a constant or 'else'");
  }
  TETHER_CHECK(expect(":"));
  const Arguments rest = TETHER_TRY(arguments());
  if (rest.has_more) return wrong("a variant has no variants: '...' stands only in the call's own arguments");
  variant.arguments = rest.list;
  return variant;
}

}  // namespace tether::desc
