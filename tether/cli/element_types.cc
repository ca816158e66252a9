// The types that `tether call` knows by name, and their values in text.

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <iterator>
#include <vector>

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

/// Not finite is no number in JSON.
Json number_json(double value) {
  return std::isfinite(value) ? Json(value) : Json(number_text(value));
}

unsigned bits_unused(const ElementType& type, Abi abi) {
  return 64 - 8 * (type.size == 0 ? word_size(abi) : type.size);
}
std::uint64_t cut_to(const ElementType& type, std::uint64_t bits, Abi abi) {
  return bits << bits_unused(type, abi) >> bits_unused(type, abi);
}
std::int64_t extended_from(const ElementType& type, std::uint64_t bits, Abi abi) {
  return static_cast<std::int64_t>(bits << bits_unused(type, abi)) >> bits_unused(type, abi);
}

/// A label that begins with the name of a type, as "u32[2]", is of that type; others are bytes.
std::optional<ElementType> type_of(const RemoteArgument& argument) {
  return find_element_type(std::string_view(argument.label).substr(0, argument.label.find('[')));
}

std::vector<std::uint64_t> elements_of(const ElementType& type, Abi abi, std::span<const std::byte> bytes) {
  const std::size_t size = type.size == 0 ? word_size(abi) : type.size;
  std::vector<std::uint64_t> elements(bytes.size() / size);
  for (std::size_t i = 0; i < elements.size(); ++i) std::memcpy(&elements[i], bytes.data() + i * size, size);
  return elements;
}

/// Without the zeros at the end.
std::string_view contents_of(std::span<const std::byte> bytes) {
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return all.substr(0, all.find_last_not_of('\0') + 1);
}

}  // namespace

std::optional<ElementType> find_element_type(std::string_view name) {
  const auto found = std::ranges::find(kTypes, name, &ElementType::name);
  return found == std::end(kTypes) ? std::nullopt : std::optional(*found);
}

std::string show_element(const ElementType& type, std::uint64_t bits, Abi abi) {
  switch (type.kind) {
    case Kind::Signed:
      return number_text(extended_from(type, bits, abi));
    case Kind::Unsigned:
      return number_text(cut_to(type, bits, abi));
    case Kind::Address:
      return address_text(cut_to(type, bits, abi));
    case Kind::Double:
      return number_text(std::bit_cast<double>(bits));
    case Kind::Float:
      return number_text(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  }
  return {};
}

Json element_json(const ElementType& type, std::uint64_t bits, Abi abi) {
  constexpr std::int64_t kExact = std::int64_t{1} << 53;
  if (type.kind == Kind::Address) return json_hex(cut_to(type, bits, abi));
  if (type.kind == Kind::Double) return number_json(std::bit_cast<double>(bits));
  if (type.kind == Kind::Float) return number_json(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  if (type.kind == Kind::Unsigned) {
    const std::uint64_t value = cut_to(type, bits, abi);
    return value <= kExact ? Json(value) : Json(number_text(value));
  }
  const std::int64_t value = extended_from(type, bits, abi);
  return value >= -kExact && value <= kExact ? Json(value) : Json(number_text(value));
}

std::string show_output(const RemoteArgument& argument, Abi abi, std::span<const std::byte> bytes) {
  std::string text;
  append_printable(text, argument.label);
  text += " = ";
  const auto type = type_of(argument);
  if (!type) {
    append_quoted(text, contents_of(bytes), {});
    return text;
  }
  const bool is_list = argument.label.find('[') != std::string::npos;
  if (is_list) text += "[";
  std::string_view separator;
  for (const std::uint64_t bits : elements_of(*type, abi, bytes)) {
    text += std::string(separator) + show_element(*type, bits, abi);
    separator = ", ";
  }
  return is_list ? text + "]" : text;
}

Json output_json(const RemoteArgument& argument, Abi abi, std::span<const std::byte> bytes) {
  const auto type = type_of(argument);
  if (!type) return {{"label", json_text(argument.label)}, {"bytes", json_text(contents_of(bytes))}};
  Json values = Json::array();
  for (const std::uint64_t bits : elements_of(*type, abi, bytes)) values.push_back(element_json(*type, bits, abi));
  return {{"label", json_text(argument.label)}, {"values", std::move(values)}};
}

}  // namespace tether::cli
