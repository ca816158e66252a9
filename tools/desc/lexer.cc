#include "tools/desc/lexer.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace tether::desc {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_name(char c) {
  return is_letter(c) || is_digit(c) || c == '*';
}

class Lexer {
 public:
  Lexer(const std::string& file, std::string_view text, Diagnostics& diagnostics)
      : file_(file), text_(text), diagnostics_(diagnostics) {}

  std::vector<Token> run() {
    while (skip_blanks()) {
      Token token{.line = line_, .column = static_cast<int>(at_ - line_begin_) + 1, .first_on_line = first_on_line_};
      first_on_line_ = false;
      if (read(token)) tokens_.push_back(std::move(token));
    }
    tokens_.push_back({.line = line_, .first_on_line = true});
    return std::move(tokens_);
  }

 private:
  /// Goes to the next token; false at the end.
  bool skip_blanks() {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size()) - 1;
      } else if (c == '\n') {
        ++line_;
        line_begin_ = at_ + 1;
        first_on_line_ = true;
      } else if (c != ' ' && c != '\t' && c != '\r') {
        return true;
      }
    }
    return false;
  }

  bool read(Token& token) {
    const char c = text_[at_];
    if (is_digit(c)) return read_number(token);
    if (is_name(c)) {
      token.kind = Token::Kind::Name;
      token.text = take_while(is_name);
      return true;
    }
    if (c == '"') return read_quoted(token);
    return read_header(token) || read_punctuation(token);
  }

  bool read_number(Token& token) {
    token.kind = Token::Kind::Number;
    token.text = take_while([](char c) { return is_letter(c) || is_digit(c); });
    const bool is_hex = token.text.starts_with("0x");
    const bool is_octal = !is_hex && token.text.size() > 1 && token.text.starts_with("0");
    const char* begin = token.text.data() + (is_hex ? 2 : 0);
    const char* end = token.text.data() + token.text.size();
    const auto [rest, status] = std::from_chars(begin, end, token.number, is_hex ? 16 : is_octal ? 8 : 10);
    if (status == std::errc{} && rest == end) return true;
    error(quote(token.text) + " is no number: write 420, 0x1a4 or 0644, of at most 64 bits");
    return false;
  }

  bool read_quoted(Token& token) {
    const std::size_t end = text_.find_first_of("\"\n", at_ + 1);
    token.kind = Token::Kind::String;
    token.text = text_.substr(at_ + 1, end == std::string_view::npos ? end : end - at_ - 1);
    const bool is_closed = end != std::string_view::npos && text_[end] == '"';
    if (!is_closed) error("this string has no closing quote on its line");
    at_ = is_closed ? end + 1 : std::min(end, text_.size());
    return is_closed;
  }

  /// <linux/fs.h>: told from a comparison by the suffix.
  bool read_header(Token& token) {
    if (text_[at_] != '<' || at_ + 1 >= text_.size() || !is_letter(text_[at_ + 1])) return false;
    const std::size_t end = text_.find_first_of("> \n", at_);
    if (end == std::string_view::npos || text_[end] != '>' || !text_.substr(0, end).ends_with(".h")) return false;
    token.kind = Token::Kind::Header;
    token.text = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return true;
  }

  bool read_punctuation(Token& token) {
    static constexpr std::string_view kLongestFirst[] = {
        "...", "==", "!=", "&&", "||", "<<", ">>", "->", "<=", ">=", "{", "}", "(", ")", "[",
        "]",   ":",  ",",  "=",  ".",  "+",  "-",  "&",  "|",  "!",  "<", ">", "/", "~", "%"};
    for (const std::string_view mark : kLongestFirst) {
      if (!text_.substr(at_).starts_with(mark)) continue;
      token.kind = Token::Kind::Punctuation;
      token.text = mark;
      at_ += mark.size();
      return true;
    }
    const char c = text_[at_++];
    static constexpr char kHex[] = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    const std::string shown =
        c > ' ' && c < 127 ? std::string(1, c) : std::string("\\x") + kHex[byte >> 4] + kHex[byte & 15];
    error(quote(shown) + " has no meaning in this language");
    return false;
  }

  template <class Predicate>
  std::string take_while(Predicate belongs) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && belongs(text_[at_])) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  void error(std::string what) { diagnostics_.error({file_, line_}, std::move(what)); }

  const std::string& file_;
  std::string_view text_;
  Diagnostics& diagnostics_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t line_begin_ = 0;
  int line_ = 1;
  bool first_on_line_ = true;
};

}  // namespace

std::vector<Token> lex(const std::string& file, const std::string& text, Diagnostics& diagnostics) {
  return Lexer(file, text, diagnostics).run();
}

}  // namespace tether::desc
