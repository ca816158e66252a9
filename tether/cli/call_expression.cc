// A recursive descent parser, one function per level of C's precedence. Nesting is limited, so that no text can exhaust
// the stack.

#include "tether/cli/call_expression.h"

#include <algorithm>
#include <bit>
#include <cctype>
#include <charconv>
#include <cstring>
#include <utility>

namespace tether::cli {

namespace {

constexpr std::size_t kMostMemory = 16 * 1024 * 1024;
constexpr int kDeepest = 64;

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':' || c == '@' || c == '.' || c == '$';
}

unsigned size_of(const ElementType& type, Abi abi) {
  return type.size == 0 ? word_size(abi) : type.size;
}

/// Whether `bits` is a number of that size, signed or unsigned.
bool fits(std::uint64_t bits, unsigned size) {
  if (size >= sizeof bits) return true;
  const auto value = static_cast<std::int64_t>(bits);
  const auto limit = std::int64_t{1} << (8 * size);
  return value < limit && value >= -(limit / 2);
}

class Parser {
 public:
  Parser(std::string_view text, Abi abi, const WordLookup& lookup) : text_(text), abi_(abi), lookup_(lookup) {}

  Result<CallExpression> parse() {
    CallExpression call{.callee = TETHER_TRY(parse_callee(text_))};
    at_ = text_.find('(') + 1;
    if (!accept(')')) {
      do {
        index_ = call.arguments.size();
        call.arguments.push_back(TETHER_TRY(argument()));
      } while (accept(','));
      TETHER_CHECK(expect(')'));
    }
    accept(';');
    skip_blanks();
    if (at_ != text_.size()) return fail(error("nothing was expected behind the call"));
    return call;
  }

 private:
  Error error(std::string_view what) const {
    return {.code = ErrorCode::Malformed,
            .message = "in '" + std::string(text_) + "', column " + std::to_string(at_ + 1) + ": " + std::string(what),
            .hint = {}};
  }
  void skip_blanks() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  char peek() {
    skip_blanks();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool accept(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  bool accept_shift(char c) {
    skip_blanks();
    if (at_ + 1 >= text_.size() || text_[at_] != c || text_[at_ + 1] != c) return false;
    at_ += 2;
    return true;
  }
  Result<void> expect(char c) {
    if (accept(c)) return ok();
    return fail(error(std::string("'") + c + "' was expected"));
  }
  std::string_view take_word() {
    skip_blanks();
    const std::size_t start = at_;
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  Result<RemoteArgument> argument() {
    if (depth_ >= kDeepest) return fail(error("this is nested too deeply"));
    ++depth_;
    auto parsed = argument_here();
    --depth_;
    return parsed;
  }

  Result<RemoteArgument> argument_here() {
    const char c = peek();
    if (c == '"') return text_argument(TETHER_TRY(string_literal()));
    if (c == '[') return array(std::nullopt);
    if (c == '&') return buffer();
    if (const auto type = accept_array_type()) return array(type);
    if (const auto real = accept_real()) return RemoteArgument{.kind = RemoteArgument::Kind::Double, .bits = *real};
    const std::uint64_t number = TETHER_TRY(inclusive_or());
    if (!fits(number, word_size(abi_))) return fail(error("this number does not fit into 32 bits"));
    return RemoteArgument{.bits = abi_ == Abi::X86_64 ? number : number & 0xffffffff};
  }

  /// TYPE, if it is followed by "[".
  std::optional<ElementType> accept_array_type() {
    const std::size_t start = at_;
    const auto type = find_element_type(take_word());
    if (type && peek() == '[') return type;
    at_ = start;
    return std::nullopt;
  }

  /// A double's representation: "1.5", "-2e3".
  std::optional<std::uint64_t> accept_real() {
    skip_blanks();
    const char* first = text_.data() + at_;
    const char* last = text_.data() + text_.size();
    double value = 0;
    const auto [end, err] = std::from_chars(first, last, value);
    const std::string_view taken(first, static_cast<std::size_t>(end - first));
    const bool is_number = !taken.empty() && std::ranges::all_of(taken, [](char c) {
      return std::isdigit(static_cast<unsigned char>(c)) != 0 ||
             std::string_view("+-.eE").find(c) != std::string_view::npos;
    });
    if (err != std::errc() || !is_number || taken.find_first_of(".eE") == std::string_view::npos) return std::nullopt;
    at_ += taken.size();
    return std::bit_cast<std::uint64_t>(value);
  }

  Result<RemoteArgument> array(std::optional<ElementType> type) {
    TETHER_CHECK(expect('['));
    std::vector<RemoteArgument> elements;
    if (!accept(']')) {
      do {
        elements.push_back(TETHER_TRY(argument()));
      } while (accept(','));
      TETHER_CHECK(expect(']'));
    }
    const bool has_memory =
        std::ranges::find(elements, RemoteArgument::Kind::Memory, &RemoteArgument::kind) != elements.end();
    if (!type) type = find_element_type(has_memory ? "ptr" : "int");
    const unsigned size = size_of(*type, abi_);
    RemoteArgument made{.kind = RemoteArgument::Kind::Memory};
    for (RemoteArgument& element : elements) {
      const std::size_t offset = made.bytes.size();
      if (element.kind == RemoteArgument::Kind::Memory && size != word_size(abi_))
        return fail(error("an address does not fit into an element of " + std::string(type->name)));
      if (!fits(element.bits, size)) return fail(error("a number does not fit into " + std::string(type->name)));
      made.bytes.resize(offset + size);
      if (made.bytes.size() > kMostMemory) return fail(error("this array is too large"));
      TETHER_CHECK(store(made.bytes.data() + offset, *type, element));
      if (element.kind != RemoteArgument::Kind::Memory) continue;
      made.pointers.push_back(offset);
      made.pointees.push_back(std::move(element));
    }
    return made;
  }

  Result<void> store(std::byte* to, const ElementType& type, const RemoteArgument& element) {
    const bool is_real = element.kind == RemoteArgument::Kind::Double;
    const bool wants_real = type.kind == ElementType::Kind::Double || type.kind == ElementType::Kind::Float;
    if (is_real && !wants_real) return fail(error("only an array of double or float has numbers with a point"));
    std::uint64_t bits = element.bits;
    const double real = is_real ? std::bit_cast<double>(bits) : static_cast<double>(static_cast<std::int64_t>(bits));
    if (type.kind == ElementType::Kind::Double) bits = std::bit_cast<std::uint64_t>(real);
    if (type.kind == ElementType::Kind::Float) bits = std::bit_cast<std::uint32_t>(static_cast<float>(real));
    std::memcpy(to, &bits, size_of(type, abi_));
    return ok();
  }

  /// &NAME[SIZE], &TYPE[COUNT], &TYPE
  Result<RemoteArgument> buffer() {
    TETHER_CHECK(expect('&'));
    const std::string name(take_word());
    if (name.empty()) return fail(error("a name was expected behind '&', as in &buf[64]"));
    const auto type = find_element_type(name);
    std::uint64_t count = 1;
    std::string label = name;
    if (accept('[')) {
      count = TETHER_TRY(inclusive_or());
      TETHER_CHECK(expect(']'));
      if (type) label += "[" + std::to_string(count) + "]";
    } else if (!type) {
      return fail(error("how large is it? &" + name + "[64] is 64 bytes"));
    }
    const unsigned size = type ? size_of(*type, abi_) : 1;
    if (count > kMostMemory / size) return fail(error("this buffer is too large"));
    RemoteArgument made{.kind = RemoteArgument::Kind::Memory};
    made.bytes.resize(count * size);
    made.label = std::move(label);
    return made;
  }

  // ── Numbers ─────────────────────────────────────────────────────────────────────────────────────────────────────

  Result<std::uint64_t> inclusive_or() {
    std::uint64_t value = TETHER_TRY(exclusive_or());
    while (accept('|')) value |= TETHER_TRY(exclusive_or());
    return value;
  }
  Result<std::uint64_t> exclusive_or() {
    std::uint64_t value = TETHER_TRY(conjunction());
    while (accept('^')) value ^= TETHER_TRY(conjunction());
    return value;
  }
  Result<std::uint64_t> conjunction() {
    std::uint64_t value = TETHER_TRY(shift());
    while (accept('&')) value &= TETHER_TRY(shift());
    return value;
  }
  Result<std::uint64_t> shift() {
    std::uint64_t value = TETHER_TRY(sum());
    for (;;) {
      const bool is_left = accept_shift('<');
      if (!is_left && !accept_shift('>')) return value;
      const std::uint64_t by = TETHER_TRY(sum());
      if (by >= 64) return fail(error("a shift by 64 or more"));
      value = is_left ? value << by : value >> by;
    }
  }
  Result<std::uint64_t> sum() {
    std::uint64_t value = TETHER_TRY(product());
    for (;;) {
      if (accept('+'))
        value += TETHER_TRY(product());
      else if (accept('-'))
        value -= TETHER_TRY(product());
      else
        return value;
    }
  }
  Result<std::uint64_t> product() {
    std::uint64_t value = TETHER_TRY(unary());
    while (accept('*')) value *= TETHER_TRY(unary());
    return value;
  }
  Result<std::uint64_t> unary() {
    if (depth_ >= kDeepest) return fail(error("this is nested too deeply"));
    ++depth_;
    auto value = unary_here();
    --depth_;
    return value;
  }
  Result<std::uint64_t> unary_here() {
    if (accept('-')) return -TETHER_TRY(unary());
    if (accept('~')) return ~TETHER_TRY(unary());
    if (accept('+')) return unary();
    if (accept('(')) {
      const std::uint64_t value = TETHER_TRY(inclusive_or());
      TETHER_CHECK(expect(')'));
      return value;
    }
    if (peek() == '\'') return character();
    const std::string_view word = take_word();
    if (word.empty()) return fail(error("a number, a name or a string was expected"));
    if (std::isdigit(static_cast<unsigned char>(word.front())) != 0) {
      if (const auto number = parse_number(word)) return *number;
      at_ -= word.size();
      return fail(error("'" + std::string(word) + "' is no number"));
    }
    return lookup_(index_, word);
  }

  static std::optional<std::uint64_t> parse_number(std::string_view word) {
    while (!word.empty() && std::string_view("uUlL").find(word.back()) != std::string_view::npos) word.remove_suffix(1);
    int base = 10;
    if (word.starts_with("0x") || word.starts_with("0X")) {
      base = 16;
      word.remove_prefix(2);
    } else if (word.size() > 1 && word.front() == '0') {
      base = 8;
      word.remove_prefix(1);
    }
    std::uint64_t value = 0;
    const auto [end, err] = std::from_chars(word.data(), word.data() + word.size(), value, base);
    if (err != std::errc() || end != word.data() + word.size()) return std::nullopt;
    return value;
  }

  // ── Characters ──────────────────────────────────────────────────────────────────────────────────────────────────

  Result<std::uint64_t> character() {
    TETHER_CHECK(expect('\''));
    if (at_ >= text_.size()) return fail(error("the character does not end"));
    const char c = TETHER_TRY(one_character());
    if (at_ >= text_.size() || text_[at_] != '\'') return fail(error("' was expected behind one character"));
    ++at_;
    return static_cast<std::uint64_t>(std::int64_t{c});
  }

  /// "a" "b" is one string, as in C.
  Result<std::string> string_literal() {
    std::string value;
    while (accept('"')) {
      for (;;) {
        if (at_ >= text_.size()) return fail(error("the string does not end"));
        if (text_[at_] == '"') break;
        value.push_back(TETHER_TRY(one_character()));
      }
      ++at_;
    }
    return value;
  }

  Result<char> one_character() {
    const char c = text_[at_++];
    if (c != '\\') return c;
    if (at_ >= text_.size()) return fail(error("a backslash at the end"));
    const char escape = text_[at_++];
    static constexpr std::pair<char, char> kEscapes[] = {{'n', '\n'}, {'t', '\t'},  {'r', '\r'},  {'a', '\a'},
                                                         {'b', '\b'}, {'f', '\f'},  {'v', '\v'},  {'e', '\033'},
                                                         {'"', '"'},  {'\'', '\''}, {'\\', '\\'}, {'?', '?'}};
    for (const auto& [letter, meaning] : kEscapes)
      if (escape == letter) return meaning;
    const bool is_hex = escape == 'x';
    const std::size_t start = is_hex ? at_ : at_ - 1;
    const std::size_t most = is_hex ? 2 : 3;
    const std::string_view digits = text_.substr(start, most);
    unsigned value = 0;
    const auto [end, err] = std::from_chars(digits.data(), digits.data() + digits.size(), value, is_hex ? 16 : 8);
    if (err != std::errc()) return fail(error("unknown escape"));
    at_ = start + static_cast<std::size_t>(end - digits.data());
    return static_cast<char>(value);
  }

  std::string_view text_;
  Abi abi_;
  const WordLookup& lookup_;
  std::size_t at_ = 0;
  std::size_t index_ = 0;  ///< of the argument
  int depth_ = 0;
};

}  // namespace

Result<std::string> parse_callee(std::string_view text) {
  const std::size_t open = text.find('(');
  std::string_view callee = text.substr(0, open);
  while (!callee.empty() && std::isspace(static_cast<unsigned char>(callee.front())) != 0) callee.remove_prefix(1);
  while (!callee.empty() && std::isspace(static_cast<unsigned char>(callee.back())) != 0) callee.remove_suffix(1);
  if (open == std::string_view::npos || callee.empty())
    return fail({.code = ErrorCode::Malformed,
                 .message = "'" + std::string(text) + "' is no call",
                 .hint = "for example 'getpid()' or 'libc:puts(\"hi\")', in quotes for the shell"});
  return std::string(callee);
}

Result<CallExpression> parse_call(std::string_view text, Abi abi, const WordLookup& lookup) {
  return Parser(text, abi, lookup).parse();
}

}  // namespace tether::cli
