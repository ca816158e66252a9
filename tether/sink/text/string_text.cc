#include "tether/sink/text/string_text.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace tether {

namespace {

constexpr char kLiteral = 0;  ///< printed as it is
constexpr char kNumeric = 1;  ///< printed as a number; anything else is the letter behind the backslash

using EscapeTable = std::array<char, 256>;

constexpr EscapeTable kEscapes = [] {
  EscapeTable table{};
  for (std::size_t byte = 0; byte < table.size(); ++byte) table[byte] = byte < ' ' || byte > '~' ? kNumeric : kLiteral;
  constexpr std::string_view kBytes = "\t\n\v\f\r\"\\";
  constexpr std::string_view kLetters = "tnvfr\"\\";
  for (std::size_t i = 0; i < kBytes.size(); ++i) table[static_cast<unsigned char>(kBytes[i])] = kLetters[i];
  return table;
}();

constexpr EscapeTable kAngleEscapes = [] {
  EscapeTable table = kEscapes;
  table['<'] = table['>'] = kNumeric;
  return table;
}();

constexpr bool is_printable(char c) {
  return c >= ' ' && c <= '~';
}
constexpr bool is_space(char c) {
  return c >= '\t' && c <= '\r';
}
constexpr bool is_octal_digit(char c) {
  return c >= '0' && c <= '7';
}

void append_hex_escape(std::string& out, unsigned char byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const char escape[] = {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
  out.append(escape, sizeof escape);
}

/// As short as possible, but of three digits where the next character would be taken for one.
void append_octal_escape(std::string& out, unsigned char byte, bool full) {
  const auto digit = [&](unsigned shift) { return static_cast<char>('0' + ((byte >> shift) & 7)); };
  out.push_back('\\');
  if (full || byte >= 0100) out.push_back(digit(6));
  if (full || byte >= 010) out.push_back(digit(3));
  out.push_back(digit(0));
}

bool is_all_hex(std::string_view bytes, StringStyle style) {
  if (style == StringStyle::HexStrings) return true;
  return style == StringStyle::HexNonAsciiStrings &&
         !std::ranges::all_of(bytes, [](char c) { return is_printable(c) || is_space(c); });
}

/// Links of /proc/PID/fd that are no paths: "pipe:[1]", "TCP:[127.0.0.1:80->127.0.0.1:5]". The kernel, or our own
/// engine, wrote them, so their angles are notation. A file's path begins with a slash and cannot pass for one.
bool is_notation(std::string_view path) {
  const std::size_t colon = path.find(':');
  if (colon == 0 || colon == std::string_view::npos) return false;
  return std::ranges::all_of(path.substr(0, colon), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

}  // namespace

void append_escaped(std::string& out, std::string_view bytes, QuoteOptions options) {
  if (is_all_hex(bytes, options.style)) {
    for (const char c : bytes) append_hex_escape(out, static_cast<unsigned char>(c));
    return;
  }
  const EscapeTable& escapes = options.escapes_angles ? kAngleEscapes : kEscapes;
  const auto escape_of = [&](char c) { return escapes[static_cast<unsigned char>(c)]; };
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  while (at != end) {
    const char* const run = at;
    while (at != end && escape_of(*at) == kLiteral) ++at;
    out.append(run, static_cast<std::size_t>(at - run));
    if (at == end) return;
    const auto byte = static_cast<unsigned char>(*at);
    const char escape = escape_of(*at);
    ++at;
    if (escape != kNumeric) {
      out.push_back('\\');
      out.push_back(escape);
    } else if (options.style == StringStyle::Octal) {
      append_octal_escape(out, byte, at != end && is_octal_digit(*at));
    } else {
      append_hex_escape(out, byte);
    }
  }
}

void append_printable(std::string& out, std::string_view text) {
  if (std::ranges::all_of(text, is_printable)) {
    out.append(text);
    return;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_printable(text[i])) {
      out.push_back(text[i]);
    } else {
      const bool full = i + 1 < text.size() && is_octal_digit(text[i + 1]);
      append_octal_escape(out, static_cast<unsigned char>(text[i]), full);
    }
  }
}

void append_descriptor_path(std::string& out, std::string_view path, std::string_view details, StringStyle style) {
  constexpr std::string_view kDeleted = " (deleted)";
  const bool is_deleted = path.starts_with('/') && path.ends_with(kDeleted);
  if (is_deleted) path.remove_suffix(kDeleted.size());
  out.push_back('<');
  if (details.empty() || details.starts_with('<'))
    append_escaped(out, path, {.style = style, .escapes_angles = !is_notation(path)});
  append_printable(out, details);
  out.push_back('>');
  if (is_deleted) out.append("(deleted)");
}

}  // namespace tether
