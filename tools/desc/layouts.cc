#include "tools/desc/layouts.h"

#include <algorithm>
#include <optional>

namespace tether::desc {
namespace {

/// A `layout` item's member type: a size and the kind of facts.
std::optional<Member> parse_member_type(const std::string& type, Abi abi) {
  const std::uint32_t word = word_size(abi);
  if (type == "ptr") return Member{.size = word, .kind = 'p'};
  if (type == "long") return Member{.size = word, .kind = 's'};
  if (type == "ulong") return Member{.size = word, .kind = 'u'};
  for (const std::uint32_t size : {1u, 2u, 4u, 8u}) {
    const std::string bits = std::to_string(size * 8);
    if (type == "s" + bits || type == "u" + bits) return Member{.size = size, .kind = type[0]};
  }
  return std::nullopt;
}

std::uint32_t round_up(std::uint32_t number, std::uint32_t multiple) {
  return (number + multiple - 1) / multiple * multiple;
}

/// Lays members out as C does; i386 aligns 64-bit integers to 4 bytes.
Layout lay_out(const LayoutItem& item, Abi abi, Diagnostics& diagnostics) {
  Layout layout{.name = item.name};
  std::uint32_t at = 0;
  std::uint32_t largest = 1;
  for (const LayoutMember& wanted : item.members) {
    std::optional<Member> member = parse_member_type(wanted.type, abi);
    if (!member) {
      diagnostics.error(wanted.at,
                        "no layout type " + quote(wanted.type) + ": there are s8 … s64, u8 … u64, long, ulong and ptr");
      continue;
    }
    const std::uint32_t alignment = std::min(member->size, word_size(abi));
    largest = std::max(largest, alignment);
    member->name = wanted.name;
    member->offset = round_up(at, alignment);
    at = member->offset + member->size;
    layout.members.push_back(std::move(*member));
  }
  layout.size = round_up(at, largest);
  return layout;
}

}  // namespace

std::uint32_t Member::element_count() const {
  std::uint32_t count = 1;
  for (const std::uint32_t dimension : counts) count *= dimension;
  return count;
}

const Member* Layout::find(const std::string& member) const {
  const auto found = std::ranges::find(members, member, &Member::name);
  return found == members.end() ? nullptr : &*found;
}

std::uint32_t Layout::end() const {
  std::uint32_t end = 0;
  for (const Member& member : members) end = std::max(end, member.offset + member.size);
  return end;
}

Layouts::Layouts(Abi abi, const Facts& facts, const std::vector<LayoutItem>& items, Diagnostics& diagnostics)
    : abi_(abi), facts_(facts) {
  for (const LayoutItem& item : items) known_[item.name] = lay_out(item, abi, diagnostics);
}

std::string Layouts::fact_name(const std::string& name) const {
  return name.starts_with("compat_") && !facts_.structs.contains(name) ? name.substr(7) : name;
}

const Layout* Layouts::find(const std::string& name) {
  if (const auto known = known_.find(name); known != known_.end()) return &known->second;
  const auto fact = facts_.structs.find(fact_name(name));
  if (fact == facts_.structs.end() || !fact->second.size[abi_]) return nullptr;
  Layout layout{.name = name, .size = *fact->second.size[abi_]};
  for (const MemberFact& member : fact->second.members) {
    if (!member.offset[abi_]) continue;
    layout.members.push_back({.name = member.name,
                              .offset = *member.offset[abi_],
                              .size = member.size[abi_],
                              .kind = member.kind,
                              .counts = member.counts,
                              .c_type = member.c_type,
                              .is_alternative = member.is_alternative,
                              .bits = member.bits,
                              .bit_offset = member.bit_offset[abi_]});
  }
  return &known_.emplace(name, std::move(layout)).first->second;
}

bool Layouts::exists(const std::string& name) const {
  return known_.contains(name) || facts_.structs.contains(fact_name(name));
}

bool Layouts::has_member(const std::string& name, const std::string& member) const {
  if (const auto known = known_.find(name); known != known_.end() && known->second.find(member) != nullptr) return true;
  const auto fact = facts_.structs.find(fact_name(name));
  return fact != facts_.structs.end() &&
         std::ranges::find(fact->second.members, member, &MemberFact::name) != fact->second.members.end();
}

void Layouts::suggest(Suggestion& suggestion) const {
  for (const auto& [name, fact] : facts_.structs) suggestion.consider(name);
  for (const auto& [name, layout] : known_) suggestion.consider(name);
}

}  // namespace tether::desc
