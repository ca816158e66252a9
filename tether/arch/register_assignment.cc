// What may stand behind a register's `=`, and what the register then holds.

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>
#include <utility>

#include "tether/arch/register_view.h"
#include "tether/base/nearest_name.h"

namespace tether {

namespace {

using Type = RegisterView::Type;
using Operator = RegisterAssignment::Operator;
using ValueBytes = std::vector<std::byte>;

std::unexpected<Error> no_value(const RegisterAssignment& assignment, std::string_view text, std::string hint) {
  return fail({.code = ErrorCode::Malformed,
               .message = "'" + std::string(text) + "' is no value for " + assignment.target.text,
               .hint = std::move(hint)});
}

ValueBytes bytes_from(std::uint64_t value, std::size_t width) {
  ValueBytes bytes(width);
  std::memcpy(bytes.data(), &value, std::min(width, sizeof value));
  return bytes;
}

/// Hexadecimal digits of any width, as vector registers are shown.
std::optional<ValueBytes> parse_wide(std::string_view text, std::size_t width) {
  if (!text.starts_with("0x") || text.size() == 2) return std::nullopt;
  ValueBytes bytes(width);
  std::size_t at = 0;
  for (std::size_t i = text.size(); i-- > 2; ++at) {
    std::uint8_t digit = 0;
    if (std::from_chars(&text[i], &text[i] + 1, digit, 16).ptr != &text[i] + 1) return std::nullopt;
    if (at / 2 < width)
      bytes[at / 2] |= static_cast<std::byte>(digit << (at % 2 * 4));
    else if (digit != 0)
      return std::nullopt;
  }
  return bytes;
}

/// A number that fits `width` bytes, as signed or as unsigned.
std::optional<std::uint64_t> parse_integer(std::string_view text, std::size_t width) {
  const bool is_negative = text.starts_with('-');
  if (is_negative) text.remove_prefix(1);
  const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
  if (is_hex) text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), value, is_hex ? 16 : 10);
  if (err != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  const unsigned bits = 8 * static_cast<unsigned>(std::min(width, sizeof value));
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max() >> (64 - bits);
  if (is_negative) return value > most / 2 + 1 ? std::nullopt : std::optional((0 - value) & most);
  return value > most ? std::nullopt : std::optional(value);
}

template <class T>
std::optional<ValueBytes> parse_float_as(std::string_view text, std::size_t width) {
  T value = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (err != std::errc() || end != text.data() + text.size()) return std::nullopt;
  ValueBytes bytes(width);
  std::memcpy(bytes.data(), &value, width);
  return bytes;
}

std::optional<ValueBytes> parse_float(std::string_view text, std::size_t width) {
  if (width == sizeof(float)) return parse_float_as<float>(text, width);
  if (width == sizeof(double)) return parse_float_as<double>(text, width);
  return parse_float_as<long double>(text, width);
}

/// "ZF|PF": their masks. Absent if one is no name of a flag.
std::optional<std::uint64_t> parse_flags(std::string_view reg, std::string_view text) {
  std::uint64_t mask = 0;
  while (!text.empty()) {
    const std::size_t bar = text.find('|');
    const std::string_view word = text.substr(0, bar);
    const auto flags = flag_names(reg);
    const auto found = std::ranges::find_if(flags, [word](const FlagName& flag) {
      return std::ranges::equal(flag.name, word, {}, {},
                                [](char c) { return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c; });
    });
    if (found == flags.end()) return std::nullopt;
    mask |= found->mask;
    text = bar == std::string_view::npos ? std::string_view() : text.substr(bar + 1);
  }
  return mask;
}

std::unexpected<Error> no_flag(const RegisterAssignment& assignment, std::string_view text) {
  std::string names;
  for (const FlagName& flag : flag_names(assignment.target.reg->name))
    names += (names.empty() ? "" : " ") + std::string(flag.name);
  return no_value(assignment, text, "a number, or names with | between them: " + names);
}

Result<std::uint64_t> integer_of(const RegisterAssignment& assignment, std::string_view text,
                                 const ResolveValue& resolve) {
  const RegisterView& target = assignment.target;
  if (const auto number = parse_integer(text, target.width)) return *number;
  if (target.type == Type::Flags) {
    if (const auto mask = parse_flags(target.reg->name, text)) return *mask;
    return no_flag(assignment, text);
  }
  const std::string hint = "it takes a number of " + std::to_string(8 * target.width) + " bits, or an address";
  const bool looks_like_number = !text.empty() && (text.front() == '-' || (text.front() >= '0' && text.front() <= '9'));
  if (!resolve || looks_like_number || text.empty()) return no_value(assignment, text, hint);
  const std::uint64_t value = TETHER_TRY(resolve(text));
  if (target.width < sizeof value && value >> (8 * target.width) != 0) return no_value(assignment, text, hint);
  return value;
}

std::uint64_t combine(const RegisterAssignment& assignment, std::uint64_t now, std::uint64_t value) {
  const bool is_flags = assignment.target.type == Type::Flags;
  switch (assignment.op) {
    case Operator::Set:
      return value;
    case Operator::Add:
      return is_flags ? now | value : now + value;
    case Operator::Remove:
      return is_flags ? now & ~value : now - value;
  }
  return value;
}

/// What one value of the target becomes.
Result<ValueBytes> value_of(const RegisterAssignment& assignment, std::string_view text, std::span<const std::byte> now,
                            const ResolveValue& resolve) {
  const RegisterView& target = assignment.target;
  if (target.type == Type::Float) {
    if (assignment.op != Operator::Set) return no_value(assignment, text, "+= and -= are for integers and flags");
    if (const auto bytes = parse_float(text, target.width)) return *bytes;
    return no_value(assignment, text, "it takes a floating-point number, such as 3.5, 1e-3, inf, nan");
  }
  if (target.width > sizeof(std::uint64_t)) {
    if (const auto bytes = parse_wide(text, target.width); bytes && assignment.op == Operator::Set) return *bytes;
    if (text == "0" && assignment.op == Operator::Set) return ValueBytes(target.width);
    return no_value(assignment, text,
                    "it takes up to " + std::to_string(2 * target.width) + " hexadecimal digits behind 0x; or say " +
                        target.reg->name + ".u32, " + target.reg->name + ".f64[1] and the like");
  }
  std::uint64_t present = 0;
  std::memcpy(&present, now.data(), target.width);
  const std::uint64_t value = TETHER_TRY(integer_of(assignment, text, resolve));
  return bytes_from(combine(assignment, present, value), target.width);
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  if (text.starts_with('{') && text.ends_with('}')) text = text.substr(1, text.size() - 2);
  for (;;) {
    const std::size_t comma = text.find(',');
    std::string_view part = text.substr(0, comma);
    while (part.starts_with(' ')) part.remove_prefix(1);
    parts.push_back(part);
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

bool is_register_assignment(std::string_view word) {
  return word.find('=') != std::string_view::npos;
}

Result<RegisterAssignment> parse_register_assignment(const RegisterCatalog& catalog, std::string_view word) {
  const std::size_t equals = word.find('=');
  if (equals == std::string_view::npos || equals == 0)
    return fail({.code = ErrorCode::Malformed,
                 .message = "'" + std::string(word) + "' is no NAME=VALUE",
                 .hint = "for example rax=1, xmm0.f32[2]=3.5, eflags+=DF"});
  std::string_view name = word.substr(0, equals);
  Operator op = Operator::Set;
  if (name.ends_with('+') || name.ends_with('-')) {
    op = name.ends_with('+') ? Operator::Add : Operator::Remove;
    name.remove_suffix(1);
  }
  RegisterView target = TETHER_TRY(parse_register_view(catalog, name));
  return RegisterAssignment{.target = std::move(target), .op = op, .value = std::string(word.substr(equals + 1))};
}

Result<std::vector<std::byte>> evaluate(const RegisterAssignment& assignment, const RegisterImage& image,
                                        const ResolveValue& resolve) {
  const RegisterView& target = assignment.target;
  std::vector<std::byte> bytes = load(image, *target.reg);
  if (target.type == Type::Bit) {
    if (assignment.op != Operator::Set || (assignment.value != "0" && assignment.value != "1"))
      return no_value(assignment, assignment.value, "it takes =0 or =1");
    std::byte& byte = bytes[target.offset + target.bit / 8];
    const auto mask = static_cast<std::byte>(1u << target.bit % 8);
    byte = assignment.value == "1" ? byte | mask : byte & ~mask;
    return bytes;
  }
  const auto values = split(assignment.value);
  if (values.size() != target.count)
    return no_value(
        assignment, assignment.value,
        "it takes " + std::to_string(target.count) + (target.count == 1 ? " value" : " values, with commas"));
  for (std::uint32_t i = 0; i < target.count; ++i) {
    const auto place = std::span(bytes).subspan(target.offset + i * target.width, target.width);
    const ValueBytes value = TETHER_TRY(value_of(assignment, values[i], place, resolve));
    std::ranges::copy(value, place.begin());
  }
  return bytes;
}

}  // namespace tether
