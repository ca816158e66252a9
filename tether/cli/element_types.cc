// The types that `tether call` knows by name, and their values in text.

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <iterator>

#include "tether/cli/call_expression.h"
#include "tether/sink/text/string_text.h"

namespace tether::cli {

namespace {

using Kind = ElementType::Kind;

constexpr ElementType kTypes[] = {
    {"u8", 1, Kind::Unsigned},    {"u16", 2, Kind::Unsigned},   {"u32", 4, Kind::Unsigned},
    {"u64", 8, Kind::Unsigned},   {"i8", 1, Kind::Signed},      {"i16", 2, Kind::Signed},
    {"i32", 4, Kind::Signed},     {"i64", 8, Kind::Signed},     {"char", 1, Kind::Signed},
    {"short", 2, Kind::Signed},   {"int", 4, Kind::Signed},     {"uint", 4, Kind::Unsigned},
    {"long", 0, Kind::Signed},    {"ulong", 0, Kind::Unsigned}, {"size_t", 0, Kind::Unsigned},
    {"ssize_t", 0, Kind::Signed}, {"ptr", 0, Kind::Address},    {"double", 8, Kind::Double},
    {"float", 4, Kind::Float},
};

template <class Number>
std::string number_text(Number value) {
  char digits[32];
  return {digits, std::to_chars(std::begin(digits), std::end(digits), value).ptr};
}

std::string address_text(std::uint64_t value) {
  if (value == 0) return "NULL";
  char digits[16];
  return "0x" + std::string(digits, std::to_chars(std::begin(digits), std::end(digits), value, 16).ptr);
}

}  // namespace

std::optional<ElementType> find_element_type(std::string_view name) {
  const auto found = std::ranges::find(kTypes, name, &ElementType::name);
  return found == std::end(kTypes) ? std::nullopt : std::optional(*found);
}

std::string show_element(const ElementType& type, std::uint64_t bits, Abi abi) {
  const unsigned unused = 64 - 8 * (type.size == 0 ? word_size(abi) : type.size);
  switch (type.kind) {
    case Kind::Signed:
      return number_text(static_cast<std::int64_t>(bits << unused) >> unused);
    case Kind::Unsigned:
      return number_text((bits << unused) >> unused);
    case Kind::Address:
      return address_text((bits << unused) >> unused);
    case Kind::Double:
      return number_text(std::bit_cast<double>(bits));
    case Kind::Float:
      return number_text(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  }
  return {};
}

std::string show_output(const RemoteArgument& argument, Abi abi, std::span<const std::byte> bytes) {
  std::string text;
  const std::string_view label = argument.label;
  append_printable(text, label);
  text += " = ";
  const auto type = find_element_type(label.substr(0, label.find('[')));
  if (!type) {
    std::string_view contents(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    contents = contents.substr(0, contents.find_last_not_of('\0') + 1);
    append_quoted(text, contents, {});
    return text;
  }
  const std::size_t size = type->size == 0 ? word_size(abi) : type->size;
  const bool is_list = label.find('[') != std::string_view::npos;
  if (is_list) text += "[";
  for (std::size_t at = 0; at + size <= bytes.size(); at += size) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, bytes.data() + at, size);
    text += (at == 0 ? "" : ", ") + show_element(*type, bits, abi);
  }
  return is_list ? text + "]" : text;
}

}  // namespace tether::cli
