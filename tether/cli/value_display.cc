#include "tether/cli/value_display.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>

#include "tether/control/memory_value.h"
#include "tether/sink/text/string_text.h"

namespace tether::cli {

namespace {

using Kind = ValueType::Kind;
using View = std::span<const std::byte>;

constexpr std::size_t kRow = 16;

/// The characters up to the first NUL, as UTF-8 if they were wide ones.
std::string text_of(const ValueType& type, View bytes) {
  const std::size_t count = bytes.size() / type.width;
  std::string text;
  for (std::size_t i = 0; i < std::min<std::uint64_t>(count, type.count.value_or(count)); ++i) {
    std::uint32_t c = 0;
    std::memcpy(&c, bytes.data() + i * type.width, type.width);
    if (c == 0) break;
    if (type.width == 1 || c < 0x80) {
      text += static_cast<char>(c);
    } else if (c < 0x800) {
      text += {static_cast<char>(0xc0 | c >> 6), static_cast<char>(0x80 | (c & 0x3f))};
    } else if (c < 0x10000) {
      text += {static_cast<char>(0xe0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3f)),
               static_cast<char>(0x80 | (c & 0x3f))};
    } else {
      text += {static_cast<char>(0xf0 | (c >> 18 & 7)), static_cast<char>(0x80 | (c >> 12 & 0x3f)),
               static_cast<char>(0x80 | (c >> 6 & 0x3f)), static_cast<char>(0x80 | (c & 0x3f))};
    }
  }
  return text;
}

Json number_to_json(const Number& number) {
  constexpr std::uint64_t kExact = std::uint64_t{1} << 53;
  if (number.kind == Kind::Float) return std::isfinite(number.real) ? Json(number.real) : Json(format_number(number));
  if (number.kind == Kind::Pointer) return format_number(number);
  if (number.kind == Kind::Signed) {
    const auto value = static_cast<std::int64_t>(number.bits);
    return value >= -static_cast<std::int64_t>(kExact) && value <= static_cast<std::int64_t>(kExact)
               ? Json(value)
               : Json(format_number(number));
  }
  return number.bits <= kExact ? Json(number.bits) : Json(format_number(number));
}

bool is_utf8(const std::string& text) {
  return encode_text(text, sizeof(char32_t)).has_value();
}

Json text_to_json(const std::string& text) {
  if (is_utf8(text)) return text;
  return {{"hex", format_hex_bytes(std::as_bytes(std::span(text)))}};
}

/// Each field, an array of fields as such.
std::string display_field(const StructField& field, View bytes) {
  if (!field.type.count || field.type.is_text()) return display_value(field.type, bytes);
  std::string list = "[";
  for (std::uint64_t i = 0; i < *field.type.count; ++i)
    list += (i == 0 ? "" : ", ") + display_value(field.type, bytes.subspan(i * field.type.width));
  return list + "]";
}

Json field_to_json(const StructField& field, View bytes) {
  if (!field.type.count || field.type.is_text()) return value_to_json(field.type, bytes);
  Json list = Json::array();
  for (std::uint64_t i = 0; i < *field.type.count; ++i)
    list.push_back(value_to_json(field.type, bytes.subspan(i * field.type.width)));
  return list;
}

std::string row_of(RemoteAddr address, View row) {
  std::string line = fmt::format("{:#014x} ", address.value);
  for (std::size_t i = 0; i < kRow; ++i) {
    if (i % 8 == 0) line += ' ';
    line += i < row.size() ? fmt::format("{:02x} ", std::to_integer<unsigned>(row[i])) : "   ";
  }
  line += " |";
  for (const std::byte b : row) {
    const auto c = std::to_integer<unsigned char>(b);
    line += c >= 0x20 && c < 0x7f ? static_cast<char>(c) : '.';
  }
  return line + "|\n";
}

}  // namespace

std::string display_value(const ValueType& type, View bytes) {
  if (type.is_text()) {
    std::string text;
    append_quoted(text, text_of(type, bytes), {});
    return text;
  }
  if (type.is_number()) return format_number(read_number(type, bytes.data()));
  std::string text = "{";
  for (const StructField& field : type.fields) {
    if (text.size() > 1) text += ", ";
    text += field.name + " = " + display_field(field, bytes.subspan(field.offset));
  }
  return text + "}";
}

Json value_to_json(const ValueType& type, View bytes) {
  if (type.is_text()) return text_to_json(text_of(type, bytes));
  if (type.is_number()) return number_to_json(read_number(type, bytes.data()));
  Json object = Json::object();
  for (const StructField& field : type.fields) object[field.name] = field_to_json(field, bytes.subspan(field.offset));
  return object;
}

std::string display_bytes(RemoteAddr address, View bytes) {
  std::string text;
  bool is_repeating = false;
  for (std::size_t at = 0; at < bytes.size(); at += kRow) {
    const View row = bytes.subspan(at, std::min(kRow, bytes.size() - at));
    const bool repeats = at != 0 && row.size() == kRow && std::memcmp(row.data(), row.data() - kRow, kRow) == 0;
    if (!repeats) text += row_of(address + at, row);
    if (repeats && !is_repeating) text += "*\n";
    is_repeating = repeats;
  }
  return text + fmt::format("{:#014x}\n", address.value + bytes.size());
}

std::string display_address(RemoteAddr address) {
  return fmt::format("{:#x}", address.value);
}

}  // namespace tether::cli
