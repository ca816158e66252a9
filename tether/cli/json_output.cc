#include "tether/cli/json_output.h"

#include <fmt/format.h>

#include <string>

#include "tether/cli/change_options.h"

namespace tether::cli {

namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string base64(std::string_view bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::string_view group = bytes.substr(at, 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i)
      bits = bits << 8 | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0u);
    for (std::size_t i = 0; i < 4; ++i) text += i <= group.size() ? kBase64[bits >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

/// How many bytes a sequence with this first byte has; 0 if it begins none (RFC 3629).
std::size_t sequence_length(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

bool is_sequence(std::string_view bytes) {
  const auto first = static_cast<unsigned char>(bytes[0]);
  for (std::size_t i = 1; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if ((byte & 0xc0) != 0x80) return false;
    if (i > 1) continue;
    // Neither a longer spelling of a smaller number, nor half of a UTF-16 pair, nor beyond U+10FFFF.
    if ((first == 0xe0 && byte < 0xa0) || (first == 0xed && byte >= 0xa0)) return false;
    if ((first == 0xf0 && byte < 0x90) || (first == 0xf4 && byte >= 0x90)) return false;
  }
  return true;
}

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t length = sequence_length(static_cast<unsigned char>(bytes[0]));
    if (length == 0 || length > bytes.size() || !is_sequence(bytes.substr(0, length))) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

}  // namespace

Json json_text(std::string_view bytes) {
  if (is_utf8(bytes)) return Json(std::string(bytes));
  return Json{{"base64", base64(bytes)}};
}

Json json_hex(std::uint64_t number) {
  return Json(fmt::format("{:#x}", number));
}

std::string json_line(const Json& document) {
  constexpr int kOneLine = -1;
  constexpr bool kAsciiOnly = true;
  // Strings that never went through json_text() are tether's own; should one not be UTF-8 after all, it is mended.
  return document.dump(kOneLine, ' ', kAsciiOnly, Json::error_handler_t::replace) + "\n";
}

int print_json(const Json& document) {
  return print_text(json_line(document));
}

}  // namespace tether::cli
