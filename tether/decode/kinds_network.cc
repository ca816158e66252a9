// Kinds of the network: byte order, addresses, socket options.

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <string>

#include "tether/decode/internal/leaf.h"
#include "tether/decode/internal/lookup.h"
#include "tether/decode/internal/number.h"

namespace tether::decode {
namespace {

constexpr std::uint64_t kAfInet = 2;  // linux/socket.h
constexpr std::uint64_t kAfInet6 = 10;

Value address_text(Arena& arena, int family, const std::byte* from) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(family, from, text.data(), text.size());
  return string_value(arena.copy(text.data()));
}

Value family_name(Arena& arena, std::uint64_t family) {
  return enumerator(arena, family, family == kAfInet6 ? "AF_INET6" : "AF_INET", "AF_???");
}

/// Bytes of an address of unknown family or too few of them.
Value raw_bytes(std::span<const std::byte> bytes) {
  Value value = string_value(as_text(bytes));
  value.is_binary = true;
  return value;
}

Value swapped(const LeafContext& context, const Leaf& leaf, std::uint64_t number) {
  const std::string_view function = context.tables.string(leaf.type.a);
  const Value plain = leaf.type.b == 0 ? integer(number, NumberStyle::Unsigned)
                                       : enum_value(context, context.tables.sets[leaf.type.b - 1], number, leaf.width);
  return function.empty() ? plain : call_value(context.arena, number, function, std::span(&plain, 1));
}

}  // namespace

Value be16_leaf(const LeafContext& context, const Leaf& leaf) {
  return swapped(context, leaf, __builtin_bswap16(static_cast<std::uint16_t>(leaf.number)));
}

Value le16_leaf(const LeafContext& context, const Leaf& leaf) {
  return swapped(context, leaf, leaf.number);
}

Value be32_leaf(const LeafContext& context, const Leaf& leaf) {
  return swapped(context, leaf, __builtin_bswap32(static_cast<std::uint32_t>(leaf.number)));
}

Value inet4_leaf(const LeafContext& context, const Leaf& leaf) {
  std::array<std::byte, 4> bytes;
  std::memcpy(bytes.data(), &leaf.number, bytes.size());
  const Value text = address_text(context.arena, AF_INET, bytes.data());
  return call_value(context.arena, leaf.number, "inet_addr", std::span(&text, 1));
}

/// inet_pton(AF_INET6, "::1", &sin6_addr): the notation names the field, which therefore has no label.
Value inet6_leaf(const LeafContext& context, const Leaf& leaf) {
  if (leaf.bytes.size() < 16) return raw_bytes(leaf.bytes);
  const std::string target = "&" + std::string(leaf.label);
  const Value args[] = {family_name(context.arena, kAfInet6), address_text(context.arena, AF_INET6, leaf.bytes.data()),
                        verbatim(context.arena, 0, target)};
  return call_value(context.arena, 0, "inet_pton", std::span(args).first(leaf.label.empty() ? 2 : 3));
}

/// An address whose family stands elsewhere, as in routing attributes.
Value inet_of_leaf(const LeafContext& context, const Leaf& leaf) {
  if (leaf.parameter == kAfInet && leaf.bytes.size() >= 4) {
    const Value text = address_text(context.arena, AF_INET, leaf.bytes.data());
    return call_value(context.arena, load_number(leaf.bytes.data(), 4), "inet_addr", std::span(&text, 1));
  }
  if (leaf.parameter == kAfInet6 && leaf.bytes.size() >= 16) {
    const Value args[] = {family_name(context.arena, kAfInet6),
                          address_text(context.arena, AF_INET6, leaf.bytes.data())};
    return call_value(context.arena, 0, "inet_pton", args);
  }
  return raw_bytes(leaf.bytes);
}

/// sun_path: a file name up to its NUL, or, behind a leading NUL, an abstract name (unix(7)), which is all of its bytes
/// and prints as @"name": the Value's `name` is then "@".
Value unix_path_leaf(const LeafContext&, const Leaf& leaf) {
  constexpr std::size_t kLongest = 108;  // UNIX_PATH_MAX (linux/un.h)
  std::string_view path = as_text(leaf.bytes).substr(0, kLongest);
  const bool is_abstract = path.size() > 1 && path.front() == '\0';
  if (is_abstract) {
    Value value = string_value(path.substr(1));
    value.name = "@";
    value.terminated = true;
    return value;
  }
  const std::size_t nul = path.find('\0');
  Value value = string_value(path.substr(0, nul));
  value.is_path = true;
  value.terminated = nul != std::string_view::npos;
  return value;
}

/// if_nametoindex("lo"), or the number if nothing has it.
Value interface_leaf(const LeafContext& context, const Leaf& leaf) {
  if (leaf.text.empty()) return integer(leaf.number, NumberStyle::Unsigned);
  const Value name = string_value(leaf.text);
  return call_value(context.arena, leaf.number, "if_nametoindex", std::span(&name, 1));
}

Value mac_leaf(const LeafContext& context, const Leaf& leaf) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr std::size_t kLongest = 32;  // MAX_ADDR_LEN (kernel: include/linux/netdevice.h)
  const std::size_t length =
      leaf.parameter != 0 ? std::min<std::size_t>(leaf.parameter, leaf.bytes.size()) : leaf.bytes.size();
  std::string text;
  for (const std::byte b : leaf.bytes.first(std::min(length, kLongest))) {
    if (!text.empty()) text += ':';
    text += kDigits[std::to_integer<unsigned>(b) >> 4];
    text += kDigits[std::to_integer<unsigned>(b) & 15];
  }
  return verbatim(context.arena, 0, text);
}

/// The option's name at its level. Of a level that no table knows, options are plain numbers.
Value sockopt_name_leaf(const LeafContext& context, const Leaf& leaf) {
  const Tables& tables = context.tables;
  if (const SockoptNode* node = find_sockopt(tables, leaf.parameter, leaf.number); node != nullptr && node->name != 0)
    return enumerator(context.arena, leaf.number, tables.string(node->name), {});
  const std::uint64_t level = zero_extend(leaf.parameter, 4);
  const auto at_level = std::ranges::lower_bound(tables.sockopts, level, {}, &SockoptNode::level);
  if (at_level == tables.sockopts.end() || at_level->level != level)
    return integer(sign_extend(leaf.number, leaf.width), NumberStyle::Signed);
  // SO_REUSEADDR says that its unknown siblings are SO_???.
  const std::string_view name = tables.string(at_level->name);
  const std::string_view prefix = name.substr(0, name.find('_'));
  const std::string tag = std::string(prefix) + "_???";
  return enumerator(context.arena, leaf.number, {}, context.arena.copy(tag));
}

}  // namespace tether::decode
