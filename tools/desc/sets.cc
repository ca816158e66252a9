#include "tools/desc/sets.h"

#include <fnmatch.h>

#include <algorithm>
#include <bit>
#include <filesystem>
#include <set>

namespace tether::desc {
namespace {

std::vector<std::string> filter(const std::vector<std::string>& names, const std::string& pattern) {
  std::vector<std::string> matched;
  std::ranges::copy_if(names, std::back_inserter(matched),
                       [&](const std::string& name) { return fnmatch(pattern.c_str(), name.c_str(), 0) == 0; });
  return matched;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

/// "O_???", for the comment on an unknown number: what the names have in common, or else the first one's beginning.
std::string common_tag(const std::vector<std::string>& names) {
  if (names.empty()) return "";
  std::string_view prefix = names[0];
  for (const std::string& name : names)
    prefix = prefix.substr(0, static_cast<std::size_t>(std::ranges::mismatch(prefix, name).in1 - prefix.begin()));
  if (prefix.find('_') == std::string_view::npos) prefix = std::string_view(names[0]).substr(0, names[0].find('_') + 1);
  const auto underscore = prefix.rfind('_');
  return underscore == std::string_view::npos ? "" : std::string(prefix.substr(0, underscore + 1)) + "???";
}

}  // namespace

bool is_pattern(const std::string& text) {
  return text.find('*') != std::string::npos;
}

// ── Expanding ────────────────────────────────────────────────────────────────────────────────────────────────────

std::vector<std::string> Sets::match(const std::string& pattern, const std::vector<std::string>& headers) const {
  std::vector<std::string> found;
  for (const std::string& header : headers)
    if (const auto constants = r_.facts.headers.find(header); constants != r_.facts.headers.end())
      std::ranges::copy(filter(constants->second, pattern), std::back_inserter(found));
  return found;
}

/// The names that a term adds or takes away. Patterns that add look into the headers; those that take away, at what is
/// there.
std::vector<std::string> Sets::expand_term(const SetTerm& term, const SetExpr& set,
                                           const std::vector<std::string>& so_far) {
  switch (term.kind) {
    case SetTerm::Kind::CEnum:
      return expand_c_enum(term);
    case SetTerm::Kind::Named:
      return expand_named(term);
    case SetTerm::Kind::Glob:
      return expand_item(term, term.name, set, so_far);
    case SetTerm::Kind::List:
      break;
  }
  std::vector<std::string> found;
  for (const std::string& item : term.items)
    std::ranges::copy(expand_item(term, item, set, so_far), std::back_inserter(found));
  return found;
}

std::vector<std::string> Sets::expand_c_enum(const SetTerm& term) {
  const auto found = r_.facts.enums.find(term.name);
  if (found != r_.facts.enums.end()) return found->second;
  Suggestion suggestion(term.name);
  for (const auto& [name, enumerators] : r_.facts.enums) suggestion.consider(name);
  r_.error(term.at, "no header has an enum " + quote(term.name) + suggestion.text());
  return {};
}

std::vector<std::string> Sets::expand_named(const SetTerm& term) {
  const SetItem* item = r_.catalogue.find_set(term.name);
  if (item == nullptr) {
    Suggestion suggestion(term.name);
    r_.catalogue.suggest_sets(suggestion);
    const bool is_constant = r_.constants.exists(term.name);
    r_.error(term.at, "no set " + quote(term.name) +
                          (is_constant ? "; constants stand in braces: { " + term.name + " }" : suggestion.text()));
    return {};
  }
  if (std::ranges::find(open_, item) != open_.end()) {
    r_.error(term.at, "the set " + quote(term.name) + " contains itself");
    return {};
  }
  open_.push_back(item);
  auto names = expand(item->set);
  open_.pop_back();
  return names;
}

/// A constant or a pattern.
std::vector<std::string> Sets::expand_item(const SetTerm& term, const std::string& item, const SetExpr& set,
                                           const std::vector<std::string>& so_far) {
  if (!is_pattern(item)) {
    if (term.is_subtracted && !contains(so_far, item))
      r_.error(term.at, quote(item) + " is not in the set that it is taken from");
    if (!term.is_subtracted) (void)r_.constants.demand(item, term.at);
    return {item};
  }
  const auto matched = term.is_subtracted ? filter(so_far, item) : match(item, set.headers);
  if (matched.empty())
    r_.error(term.at, quote(item) + " matches " +
                          (term.is_subtracted ? "nothing in the set that it is taken from"
                                              : "no constant of the headers named by 'from'"));
  return matched;
}

std::vector<std::string> Sets::expand(const SetExpr& set) {
  std::vector<std::string> names;
  for (const SetTerm& term : set.terms) {
    const auto found = expand_term(term, set, names);
    if (term.is_subtracted) {
      std::erase_if(names, [&](const std::string& name) { return contains(found, name); });
    } else {
      for (const std::string& name : found)
        if (!contains(names, name)) names.push_back(name);
    }
  }
  return names;
}

void Sets::note(const std::string& what, const std::vector<std::string>& names) {
  auto& noted = r_.survey.sets[what][r_.abi];
  noted.clear();
  std::ranges::copy_if(names, std::back_inserter(noted),
                       [&](const std::string& name) { return r_.constants.find(name).has_value(); });
}

std::vector<std::string> Sets::expand_noted(const SetExpr& set) {
  auto names = expand(set);
  const bool is_open = std::ranges::any_of(set.terms, [](const SetTerm& term) {
    const bool has_pattern = term.kind == SetTerm::Kind::Glob || std::ranges::any_of(term.items, is_pattern);
    return !term.is_subtracted && (has_pattern || term.kind == SetTerm::Kind::CEnum);
  });
  if (is_open) note(std::filesystem::path(set.at.file).filename().string() + " " + set.text, names);
  return names;
}

void Sets::ignore(const SetExpr& set) {
  for (const std::string& name : expand(set)) r_.survey.used_constants.insert(name);
}

// ── Making ───────────────────────────────────────────────────────────────────────────────────────────────────────

/// One name per value: the first.
std::vector<Sets::Member> Sets::values(const std::vector<std::string>& names) const {
  std::vector<Member> members;
  std::set<std::uint64_t> seen;
  for (const std::string& name : names)
    if (const auto value = r_.constants.find(name); value && seen.insert(*value).second)
      members.push_back({name, *value});
  return members;
}

/// A number is shown as the members whose bits it has: a member without bits would never be shown, and members that
/// overlap without one holding the other fight for bits. A zero that is listed by its name is meant: it is shown for 0.
void Sets::check_flags(const SetExpr& set, const std::vector<Member>& members) {
  for (const Member& member : members) {
    const Origin origin = member.value == 0 ? origin_of(set, member.name) : Origin{.is_listed = true};
    if (!origin.is_listed)
      r_.error(origin.at,
               quote(member.name) + " is 0 and so no flag: take it away, or list it by its name to show it for 0");
    for (const Member& other : members) {
      const std::uint64_t common = member.value & other.value;
      if (&member < &other && common != 0 && common != member.value && common != other.value)
        r_.error(set.at, quote(member.name) + " and " + quote(other.name) +
                             " share some of their bits: only one can be a flag (bits { enum … in MASK } describes a "
                             "field within a word)");
    }
  }
}

Sets::Origin Sets::origin_of(const SetExpr& set, const std::string& name) {
  for (const SetTerm& term : set.terms) {
    if (term.is_subtracted) continue;
    if (term.kind == SetTerm::Kind::List && contains(term.items, name)) return {set.at, true};
    const SetItem* item = term.kind == SetTerm::Kind::Named ? r_.catalogue.find_set(term.name) : nullptr;
    if (item == nullptr || std::ranges::find(open_, item) != open_.end()) continue;
    open_.push_back(item);
    const bool is_there = contains(expand(item->set), name);
    const Origin origin = is_there ? origin_of(item->set, name) : Origin{};
    open_.pop_back();
    if (is_there) return origin;
  }
  return {set.at, false};
}

decode::SetId Sets::make(const SetExpr& set, Use use) {
  const auto names = expand_noted(set);
  auto members = values(names);
  if (use == Use::Flags) check_flags(set, members);
  if (use == Use::Mask)
    for (Member& member : members) member = {"1<<" + member.name, std::uint64_t{1} << (member.value & 63)};
  return add(members, use, use == Use::Mask ? std::string() : tag_of(set, names));
}

/// What the set itself says, or the one whose name it begins with.
std::string Sets::tag_of(const SetExpr& set, const std::vector<std::string>& names) const {
  if (set.tag) return *set.tag;
  const SetTerm& first = set.terms.front();
  const SetItem* item = first.kind == SetTerm::Kind::Named ? r_.catalogue.find_set(first.name) : nullptr;
  return item != nullptr && item->set.tag ? *item->set.tag : common_tag(names);
}

decode::SetId Sets::make_named(const SetItem& item) {
  const auto names = expand(item.set);
  note(item.name, names);
  return add(values(names), Use::Enum, tag_of(item.set, names));
}

decode::SetId Sets::make_enum(const std::vector<std::string>& names) {
  return add(values(names), Use::Enum, common_tag(names));
}

/// A name for several bits stands before the names of its parts, and otherwise where it is.
void put_composites_first(std::vector<decode::SetEntry>& entries) {
  for (auto whole = entries.begin(); whole != entries.end(); ++whole) {
    const auto is_part = [&](const decode::SetEntry& entry) {
      return entry.value != 0 && entry.value != whole->value && (whole->value & entry.value) == entry.value;
    };
    std::rotate(std::find_if(entries.begin(), whole, is_part), whole, whole + 1);
  }
}

/// Enumerators ascend, for a binary search; flags stay in their order, but for composites.
decode::SetId Sets::add(const std::vector<Member>& members, Use use, const std::string& tag) {
  std::vector<decode::SetEntry> entries;
  for (const Member& member : members) entries.push_back({member.value, r_.tables.strings.add(member.name)});
  if (use == Use::Enum)
    std::ranges::sort(entries, {}, &decode::SetEntry::value);
  else
    put_composites_first(entries);
  return r_.tables.sets.add({r_.tables.set_entries.add_list(entries), static_cast<std::uint32_t>(entries.size()),
                             r_.tables.strings.add(tag), use == Use::Enum});
}

std::uint32_t Sets::make_bits(const BitsItem& item) {
  std::vector<decode::BitsPart> parts;
  for (const BitsPartItem& part : item.parts) {
    switch (part.op) {
      case decode::BitsPartOp::Enum:
        parts.push_back({part.op, make(part.set, Use::Enum), r_.constants.evaluate(part.mask)});
        break;
      case decode::BitsPartOp::Flags:
        parts.push_back({part.op, make(part.set, Use::Flags), 0});
        break;
      case decode::BitsPartOp::Fuse:
        parts.push_back({part.op, make_fuse(part), 0});
        break;
      case decode::BitsPartOp::Octal:
      case decode::BitsPartOp::Decimal:
        parts.push_back({part.op, 0, r_.constants.evaluate(part.mask)});
        break;
      case decode::BitsPartOp::Shifted:
        (void)r_.constants.demand(part.shift, part.at);
        parts.push_back({part.op, r_.tables.strings.add(part.shift), r_.constants.evaluate(part.mask)});
        break;
    }
  }
  return r_.tables.bits.add({r_.tables.bits_parts.add_list(parts), static_cast<std::uint32_t>(parts.size())});
}

decode::SetId Sets::make_fuse(const BitsPartItem& part) {
  std::vector<decode::SetEntry> entries;
  for (const FusedFlag& flag : part.fused)
    if (const auto value = r_.constants.demand(flag.constant, part.at))
      entries.push_back({*value, r_.tables.strings.add(flag.suffix)});
  return r_.tables.sets.add(
      {r_.tables.set_entries.add_list(entries), static_cast<std::uint32_t>(entries.size()), 0, false});
}

}  // namespace tether::desc
