// Grammar: looking at tokens and taking them.

#include <algorithm>

#include "tools/desc/grammar.h"

namespace tether::desc {

bool Grammar::is(std::string_view text, std::size_t ahead) const {
  const Token& token = peek(ahead);
  return token.text == text && token.kind != Token::Kind::String && token.kind != Token::Kind::Header;
}

bool Grammar::is_any(std::initializer_list<std::string_view> texts) const {
  return std::ranges::any_of(texts, [&](std::string_view text) { return is(text); });
}

bool Grammar::is_item_start() const {
  return peek().first_on_line && is_any({"from", "const", "layout", "set", "bits", "type", "struct", "union", "records",
                                         "call", "ioctl", "sockopt", "ignore"});
}

bool Grammar::take(std::string_view text) {
  if (!is(text)) return false;
  ++at_;
  return true;
}

std::string Grammar::take_text() {
  return tokens_[at_++].text;
}

std::string Grammar::take_number_or_text() {
  return peek().kind == Token::Kind::Number ? std::to_string(tokens_[at_++].number) : take_text();
}

std::unexpected<Error> Grammar::wrong(const std::string& what) const {
  return fail(Error{.code = ErrorCode::Malformed, .message = what});
}

std::unexpected<Error> Grammar::expected(const std::string& what) const {
  return wrong("expected " + what + ", found " + (at_end() ? "the end of the file" : quote(peek().text)));
}

Result<void> Grammar::expect(std::string_view text) {
  if (!take(text)) return expected(quote(text));
  return ok();
}

Result<std::string> Grammar::name(const std::string& what) {
  if (peek().kind != Token::Kind::Name) return expected(what);
  return take_text();
}

Result<std::string> Grammar::quoted(const std::string& what) {
  if (peek().kind != Token::Kind::String) return expected(what);
  return take_text();
}

}  // namespace tether::desc
