// Kinds of files: descriptors and sets of them, modes, devices, ioctl requests, CPU masks.

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "tether/decode/internal/leaf.h"
#include "tether/decode/internal/lookup.h"
#include "tether/decode/internal/number.h"

namespace tether::decode {
namespace {

/// The numbers of the bits set in `bytes`, as far as `limit`.
template <class MakeElement>
Value bit_numbers(Arena& arena, std::span<const std::byte> bytes, std::uint64_t limit, MakeElement make) {
  std::size_t count = 0;
  const auto is_set = [&](std::size_t i) { return ((std::to_integer<unsigned>(bytes[i / 8]) >> (i % 8)) & 1) != 0; };
  const std::size_t end = std::min<std::uint64_t>(bytes.size() * 8, limit);
  for (std::size_t i = 0; i < end; ++i) count += is_set(i) ? 1 : 0;
  const auto elements = arena.make_array<Value>(count);
  std::size_t at = 0;
  for (std::size_t i = 0; i < end; ++i)
    if (is_set(i)) elements[at++] = make(i);
  Value value;
  value.kind = ValueKind::List;
  value.spaced = true;
  value.count = static_cast<std::uint32_t>(count);
  value.children_ = elements.data();
  return value;
}

constexpr std::uint64_t kTypeMask = 0170000;  // S_IFMT (linux/stat.h)

struct ModeName {
  std::uint64_t bits;
  std::string_view name;
};
constexpr ModeName kFileTypes[] = {{0140000, "S_IFSOCK"}, {0120000, "S_IFLNK"}, {0100000, "S_IFREG"},
                                   {0060000, "S_IFBLK"},  {0040000, "S_IFDIR"}, {0020000, "S_IFCHR"},
                                   {0010000, "S_IFIFO"}};
constexpr ModeName kModeBits[] = {{04000, "S_ISUID"}, {02000, "S_ISGID"}, {01000, "S_ISVTX"}};

}  // namespace

/// The capture knows a netlink protocol by its number: NETLINK:[0:1234] becomes NETLINK:[ROUTE:1234].
std::string_view descriptor_note(const LeafContext& context, std::string_view details) {
  constexpr std::string_view kNetlink = "NETLINK:[";
  constexpr std::string_view kPrefix = "NETLINK_";
  if (!details.starts_with(kNetlink)) return details;
  const std::string_view rest = details.substr(kNetlink.size());
  const std::size_t colon = rest.find(':');
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + std::min(colon, rest.size()), number);
  if (colon == std::string_view::npos || error != std::errc() || end != rest.data() + colon) return details;
  const std::string_view name = find_name(context.tables, "netlink_family", number);
  if (!name.starts_with(kPrefix)) return details;
  std::string text(kNetlink);
  return context.arena.copy(text.append(name.substr(kPrefix.size())).append(rest.substr(colon)));
}

Value descriptor_leaf(const LeafContext& context, const Leaf& leaf) {
  static constexpr std::string_view kFdcwdName[] = {"AT_FDCWD"};
  static constexpr Symbols kFdcwd{.names = kFdcwdName, .is_flags = false, .unknown_tag = {}};
  Value value;
  value.kind = ValueKind::Descriptor;
  value.number = sign_extend(leaf.number, 4);
  value.name = leaf.text;
  value.note = descriptor_note(context, leaf.details);
  if (leaf.type.kind == static_cast<std::uint8_t>(Kind::Dirfd) && static_cast<std::int32_t>(leaf.number) == kAtFdcwd)
    value.symbols_ = &kFdcwd;
  return value;
}

Value umode_leaf(const LeafContext&, const Leaf& leaf) {
  return integer(leaf.number, NumberStyle::Mode);
}

/// S_IFREG|S_ISUID|0755; a mode without a file type is permission bits only.
Value filemode_leaf(const LeafContext& context, const Leaf& leaf) {
  std::array<std::string_view, 4> names;
  std::size_t count = 0;
  std::uint64_t rest = leaf.number;
  for (const ModeName& type : kFileTypes)
    if ((leaf.number & kTypeMask) == type.bits) names[count++] = type.name;
  if (count == 0 && (leaf.number & kTypeMask) != 0) return umode_leaf(context, leaf);
  rest &= ~kTypeMask;
  for (const ModeName& bit : kModeBits) {
    if ((rest & bit.bits) == 0) continue;
    names[count++] = bit.name;
    rest &= ~bit.bits;
  }
  if (count == 0) return umode_leaf(context, leaf);
  const auto kept = context.arena.make_array<std::string_view>(count);
  std::copy_n(names.begin(), count, kept.begin());
  Value value;
  value.kind = ValueKind::Symbols;
  value.style = NumberStyle::Octal;
  value.number = leaf.number;
  Symbols symbols;
  symbols.names = kept;
  symbols.remainder = rest;
  symbols.show_remainder = true;
  symbols.remainder_style = NumberStyle::Mode;
  value.symbols_ = context.arena.make(symbols);
  return value;
}

/// The kernel's 32-bit encoding (include/linux/kdev_t.h: new_encode_dev) is the lower half of the C library's 64-bit
/// one.
Value device_leaf(const LeafContext& context, const Leaf& leaf) {
  const std::uint64_t dev = leaf.number;
  const std::uint64_t major = ((dev >> 8) & 0xfff) | ((dev >> 32) & 0xfffff000);
  const std::uint64_t minor = (dev & 0xff) | ((dev >> 12) & 0xffffff00);
  const Value parts[] = {integer(major, NumberStyle::Hex), integer(minor, NumberStyle::Hex)};
  return call_value(context.arena, dev, "makedev", parts);
}

/// By name; several requests of one code as "A or B"; unknown ones taken apart as asm-generic/ioctl.h puts them
/// together.
Value ioctl_command_leaf(const LeafContext& context, const Leaf& leaf) {
  const auto nodes = find_ioctls(context.tables, leaf.number);
  const std::uint64_t code = zero_extend(leaf.number, 4);
  if (!nodes.empty()) {
    std::string_view name = context.tables.string(nodes.front().name);
    if (nodes.size() > 1) {
      std::string all(name);
      for (const IoctlNode& node : nodes.subspan(1)) all.append(" or ").append(context.tables.string(node.name));
      name = context.arena.copy(all);
    }
    return enumerator(context.arena, code, name, {});
  }
  static constexpr std::string_view kNone[] = {"_IOC_NONE"};
  static constexpr std::string_view kBoth[] = {"_IOC_READ", "_IOC_WRITE"};
  const std::uint64_t direction = code >> 30;
  Value words;
  words.kind = ValueKind::Symbols;
  words.number = direction;
  Symbols symbols;
  if (direction == 0) symbols.names = kNone;
  if (direction == 1) symbols.names = std::span(kBoth).subspan(1);
  if (direction == 2) symbols.names = std::span(kBoth).first(1);
  if (direction == 3) symbols.names = kBoth;
  words.symbols_ = context.arena.make(symbols);
  const Value parts[] = {words, integer((code >> 8) & 0xff, NumberStyle::Hex), integer(code & 0xff, NumberStyle::Hex),
                         integer((code >> 16) & 0x3fff, NumberStyle::Hex)};
  return call_value(context.arena, code, "_IOC", parts);
}

Value fdset_leaf(const LeafContext& context, const Leaf& leaf) {
  const auto fds = static_cast<std::int32_t>(leaf.parameter);
  return bit_numbers(context.arena, leaf.bytes, fds > 0 ? static_cast<std::uint64_t>(fds) : 0, [](std::size_t fd) {
    Value value;
    value.kind = ValueKind::Descriptor;
    value.number = fd;
    return value;
  });
}

Value cpumask_leaf(const LeafContext& context, const Leaf& leaf) {
  return bit_numbers(context.arena, leaf.bytes, ~std::uint64_t{0},
                     [](std::size_t cpu) { return integer(cpu, NumberStyle::Unsigned); });
}

}  // namespace tether::decode
