// Flag words and enumerators: numbers to names.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>

#include "tether/decode/internal/leaf.h"
#include "tether/decode/internal/lookup.h"
#include "tether/decode/internal/number.h"

namespace tether::decode {
namespace {

/// The names of one word, collected. A word has at most 64 single bits, and one more name for the enumerator within it.
class NameList {
 public:
  void add(std::string_view name) {
    if (count_ < names_.size()) names_[count_++] = name;
  }
  bool empty() const { return count_ == 0; }
  std::string_view& last() { return names_[count_ - 1]; }
  std::span<const std::string_view> keep(Arena& arena) const {
    if (count_ == 0) return {};
    const auto kept = arena.make_array<std::string_view>(count_);
    std::copy_n(names_.begin(), count_, kept.begin());
    return kept;
  }

 private:
  std::array<std::string_view, 72> names_;
  std::size_t count_ = 0;
};

/// Takes the bits that the set names out of `rest`.
std::uint64_t take_flags(const Tables& tables, const SetNode& set, std::uint64_t rest, unsigned width,
                         NameList& names) {
  for (const SetEntry& entry : tables.set_entries.subspan(set.first, set.count)) {
    const std::uint64_t bits = zero_extend(entry.value, width);
    if (bits == 0 || (rest & bits) != bits) continue;
    names.add(tables.string(entry.name));
    rest &= ~bits;
    if (rest == 0) break;
  }
  return rest;
}

std::string_view zero_name(const Tables& tables, const SetNode& set) {
  for (const SetEntry& entry : tables.set_entries.subspan(set.first, set.count))
    if (entry.value == 0) return tables.string(entry.name);
  return {};
}

Value symbols_value(Arena& arena, std::uint64_t number, const Symbols& symbols) {
  Value value;
  value.kind = ValueKind::Symbols;
  value.style = NumberStyle::Hex;
  value.number = number;
  value.symbols_ = arena.make(symbols);
  return value;
}

/// FUTEX_WAIT and _PRIVATE are one word: FUTEX_WAIT_PRIVATE.
std::uint64_t fuse(const LeafContext& context, const SetNode& set, std::uint64_t rest, unsigned width,
                   NameList& names) {
  for (const SetEntry& entry : context.tables.set_entries.subspan(set.first, set.count)) {
    const std::uint64_t bits = zero_extend(entry.value, width);
    if (bits == 0 || (rest & bits) != bits) continue;
    rest &= ~bits;
    const std::string_view suffix = context.tables.string(entry.name);
    if (names.empty()) {
      names.add(suffix);
      continue;
    }
    const std::string_view stem = names.last();
    const std::span<char> fused = context.arena.make_array<char>(stem.size() + suffix.size());
    std::ranges::copy(suffix, std::ranges::copy(stem, fused.begin()).out);
    names.last() = {fused.data(), fused.size()};
  }
  return rest;
}

/// 0600, 32767 or 21<<MAP_HUGE_SHIFT among the names. Permission bits are always there, other numbers only if not 0.
void add_number(const LeafContext& context, const BitsPart& part, std::uint64_t number, NameList& names) {
  if (number == 0 && part.op != BitsPartOp::Octal) return;
  std::string text;
  if (part.op == BitsPartOp::Octal) {
    text = fmt::format("0{:02o}", number);
  } else if (part.op == BitsPartOp::Decimal) {
    text = fmt::format("{}", number);
  } else {
    text = fmt::format("{}<<{}", number >> std::countr_zero(part.mask), context.tables.string(part.set));
  }
  names.add(context.arena.copy(text));
}

}  // namespace

Value enumerator(Arena& arena, std::uint64_t number, std::string_view name, std::string_view unknown_tag) {
  Symbols symbols;
  symbols.is_flags = false;
  symbols.unknown_tag = unknown_tag;
  if (name.empty()) {
    symbols.remainder = number;
  } else {
    const auto names = arena.make_array<std::string_view>(1);
    names[0] = name;
    symbols.names = names;
  }
  return symbols_value(arena, number, symbols);
}

Value enum_value(const LeafContext& context, const SetNode& set, std::uint64_t number, unsigned width) {
  return enumerator(context.arena, number, find_name(context.tables, set, number, width),
                    context.tables.string(set.tag));
}

Value flags_value(const LeafContext& context, const SetNode& set, std::uint64_t number, unsigned width) {
  NameList names;
  Symbols symbols;
  if (number == 0) {
    if (const std::string_view name = zero_name(context.tables, set); !name.empty()) names.add(name);
  } else {
    symbols.remainder = take_flags(context.tables, set, number, width, names);
  }
  symbols.names = names.keep(context.arena);
  symbols.unknown_tag = context.tables.string(set.tag);
  return symbols_value(context.arena, number, symbols);
}

Value bits_value(const LeafContext& context, const BitsNode& bits, std::uint64_t number, unsigned width) {
  NameList names;
  Symbols symbols;
  std::uint64_t rest = number;
  const auto parts = context.tables.bits_parts.subspan(bits.first, bits.count);
  for (const BitsPart& part : parts) {
    const bool has_set = part.op <= BitsPartOp::Fuse;
    const SetNode set = has_set ? context.tables.sets[part.set] : SetNode{};
    const std::string_view tag = context.tables.string(set.tag);
    if (!tag.empty()) symbols.unknown_tag = tag;
    switch (part.op) {
      case BitsPartOp::Enum: {
        const std::uint64_t mask = part.mask != 0 ? part.mask : ~std::uint64_t{0};
        const std::string_view name = find_name(context.tables, set, rest & mask, width);
        if (name.empty()) {
          const bool is_first = &part == &parts.front();
          if (!is_first || (rest & mask) == 0) break;
          // What is fused to a command means something with it only: of an unknown one nothing is named.
          const bool is_command = parts.size() > 1 && parts[1].op == BitsPartOp::Fuse;
          if (is_command || (rest & ~mask) == 0) return enumerator(context.arena, number, {}, tag);
          names.add(context.arena.copy(fmt::format("{:#x} /* {} */", rest & mask, tag)));
          rest &= ~mask;
          break;
        }
        names.add(name);
        rest &= ~mask;
        break;
      }
      case BitsPartOp::Flags:
        rest = take_flags(context.tables, set, rest, width, names);
        break;
      case BitsPartOp::Fuse:
        rest = fuse(context, set, rest, width, names);
        break;
      case BitsPartOp::Octal:
      case BitsPartOp::Decimal:
      case BitsPartOp::Shifted:
        add_number(context, part, rest & part.mask, names);
        rest &= ~part.mask;
        break;
    }
  }
  symbols.names = names.keep(context.arena);
  symbols.remainder = rest;
  return symbols_value(context.arena, number, symbols);
}

}  // namespace tether::decode
