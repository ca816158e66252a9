#include "tether/control/memory_value.h"

#include <charconv>
#include <cstdint>

#include "tether/base/hexadecimal.h"

namespace tether {

namespace {

constexpr std::string_view kValueHint =
    "for example u32:42, i8:-1, f64:3.14, ptr:0x7f0012, str:text\\n, utf16:text or hex:90 90";

Error malformed_value(std::string message, std::string_view hint = {}) {
  return {.code = ErrorCode::Malformed, .message = std::move(message), .hint = std::string(hint)};
}

Bytes bytes_of_text(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The character that the escape at the head of `rest` (behind its backslash) means; takes it off. -1 if it is none.
int take_escape(std::string_view& rest) {
  constexpr std::string_view kLetters = "ntrabefv\\\"'";
  constexpr std::string_view kMeanings = "\n\t\r\a\b\033\f\v\\\"'";
  if (rest.empty()) return -1;
  if (const std::size_t found = kLetters.find(rest.front()); found != std::string_view::npos) {
    rest.remove_prefix(1);
    return static_cast<unsigned char>(kMeanings[found]);
  }
  const bool is_hex = rest.front() == 'x';
  if (is_hex) rest.remove_prefix(1);
  const int base = is_hex ? 16 : 8;
  const std::size_t most = is_hex ? 2 : 3;
  int value = 0;
  std::size_t taken = 0;
  while (taken < most && taken < rest.size()) {
    const int digit = hex_digit(rest[taken]);
    if (digit < 0 || digit >= base) break;
    value = value * base + digit;
    ++taken;
  }
  rest.remove_prefix(taken);
  return taken == 0 || value > 0xff ? -1 : value;
}

/// The code point at the head of `rest`; takes it off. -1 if it is no UTF-8.
std::int32_t take_code_point(std::string_view& rest) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
  const unsigned char first = byte(0);
  const std::size_t length = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
  if (length == 0 || length > rest.size()) return -1;
  std::int32_t point = length == 1 ? first : first & (0x7f >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if (byte(i) >> 6 != 2) return -1;
    point = point << 6 | (byte(i) & 0x3f);
  }
  rest.remove_prefix(length);
  return point > 0x10ffff || (point >= 0xd800 && point < 0xe000) ? -1 : point;
}

void append_unit(Bytes& bytes, std::uint32_t unit, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) bytes.push_back(static_cast<std::byte>(unit >> (8 * i)));
}

Result<Bytes> parse_numbers(std::string_view list, const ValueType& type) {
  Bytes bytes;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t comma = std::min(list.find(',', at), list.size());
    const Number number = TETHER_TRY(parse_number(list.substr(at, comma - at), type));
    const Bytes one = bytes_of(number, type);
    bytes.insert(bytes.end(), one.begin(), one.end());
    at = comma + 1;
  }
  return bytes;
}

}  // namespace

Result<std::string> unescape(std::string_view text) {
  std::string plain;
  for (std::string_view rest = text; !rest.empty();) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c != '\\') {
      plain.push_back(c);
      continue;
    }
    const int meant = take_escape(rest);
    if (meant < 0)
      return fail(malformed_value("'" + std::string(text) + "' has an escape that is none",
                                  "there are \\n \\t \\r \\e \\\\ \\0 to \\377 and \\x00 to \\xff"));
    plain.push_back(static_cast<char>(meant));
  }
  return plain;
}

Result<Bytes> parse_hex_bytes(std::string_view text) {
  Bytes bytes;
  const auto error = [&] {
    return malformed_value("'" + std::string(text) + "' is no row of bytes", "two hexadecimal digits a byte: 48 8b 05");
  };
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == ' ' || text[at] == ',') {
      ++at;
      continue;
    }
    if (text.substr(at).starts_with("0x") || text.substr(at).starts_with("\\x")) at += 2;
    if (at + 1 >= text.size() || hex_digit(text[at]) < 0 || hex_digit(text[at + 1]) < 0) return fail(error());
    bytes.push_back(static_cast<std::byte>(hex_digit(text[at]) << 4 | hex_digit(text[at + 1])));
    at += 2;
  }
  if (bytes.empty()) return fail(error());
  return bytes;
}

Result<Bytes> encode_text(std::string_view utf8, std::size_t unit) {
  Bytes bytes;
  for (std::string_view rest = utf8; !rest.empty();) {
    const std::int32_t point = take_code_point(rest);
    if (point < 0) return fail(malformed_value("'" + std::string(utf8) + "' is no UTF-8", "give it as hex: bytes"));
    if (unit == 2 && point > 0xffff) {  // a surrogate pair (RFC 2781)
      const auto above = static_cast<std::uint32_t>(point) - 0x10000;
      append_unit(bytes, 0xd800 | above >> 10, unit);
      append_unit(bytes, 0xdc00 | (above & 0x3ff), unit);
    } else {
      append_unit(bytes, static_cast<std::uint32_t>(point), unit);
    }
  }
  return bytes;
}

std::string format_hex_bytes(std::span<const std::byte> bytes) {
  return hex_digits(bytes, " ");
}

Result<MemoryValue> parse_memory_value(std::string_view text, std::size_t word) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos)
    return fail(malformed_value("'" + std::string(text) + "' does not say what it is", kValueHint));
  const std::string_view name = text.substr(0, colon);
  const std::string_view rest = text.substr(colon + 1);
  if (rest.empty()) return fail(malformed_value("'" + std::string(text) + "' has no value", kValueHint));
  if (name == "hex") {
    Bytes bytes = TETHER_TRY(parse_hex_bytes(rest));
    return MemoryValue{.type = {}, .bytes = std::move(bytes)};
  }
  const std::size_t unit = name == "utf16" ? 2 : name == "wstr" ? sizeof(wchar_t) : name == "str" ? 1 : 0;
  if (unit != 0) {
    const std::string plain = TETHER_TRY(unescape(rest));
    const ValueType type{.kind = unit == 1 ? ValueType::Kind::Text : ValueType::Kind::WideText, .width = unit};
    if (unit == 1) return MemoryValue{.type = type, .bytes = bytes_of_text(plain)};
    Bytes encoded = TETHER_TRY(encode_text(plain, unit));
    return MemoryValue{.type = type, .bytes = std::move(encoded)};
  }
  auto type = parse_value_type(name, word);
  if (!type.has_value() || !type->is_number() || type->count)
    return fail(malformed_value("'" + std::string(name) + "' is no kind of value", kValueHint));
  Bytes numbers = TETHER_TRY(parse_numbers(rest, *type));
  return MemoryValue{.type = std::move(*type), .bytes = std::move(numbers)};
}

}  // namespace tether
