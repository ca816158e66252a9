// Types: what a name stands for: a kind, an item of the descriptions, a struct of the facts.

#include <algorithm>

#include "tools/desc/types.h"

namespace tether::desc {

using decode::Kind;
using decode::TypeNode;
using decode::TypeOp;

decode::TypeId Types::make(const NamedType& type, const Type& whole, const Scope* scope, const CType& c_type) {
  if (const KindName* kind = find_kind(type.name)) return make_kind(*kind, type, whole.at, scope, c_type);
  if (!type.arguments.empty() || !type.text.empty())
    r_.error(whole.at, quote(type.name) + " is no kind and takes no parameters");
  if (const TypeMeaning* meaning = r_.catalogue.find_type(type.name, r_.abi))
    return std::visit([&](const auto* item) { return make_item(*item, whole.at, scope, c_type); }, *meaning);
  if (r_.layouts.exists(type.name)) return plain_struct(type.name);
  return nothing_called(type.name, whole.at);
}

decode::TypeId Types::nothing_called(const std::string& name, const Location& at) {
  Suggestion suggestion(name);
  for (const KindName& kind : all_kinds()) suggestion.consider(std::string(kind.name));
  r_.catalogue.suggest_types(suggestion);
  r_.layouts.suggest(suggestion);
  const bool is_set = r_.catalogue.find_set(name) != nullptr;
  r_.error(at, "no kind, type or struct " + quote(name) +
                   (is_set ? "; a set needs 'flags' or 'enum' before it" : suggestion.text()));
  return 0;
}

// ── Kinds ────────────────────────────────────────────────────────────────────────────────────────────────────────

decode::TypeId Types::make_kind(const KindName& kind, const NamedType& type, const Location& at, const Scope* scope,
                                const CType& c_type) {
  check_parameters(kind, type, at);
  TypeNode node{.op = kind.is_text ? TypeOp::Text : TypeOp::Scalar, .kind = static_cast<std::uint8_t>(kind.kind)};
  if (kind.is_text) {
    node.c = static_cast<std::uint32_t>(decode::LengthMode::Available);
    return r_.tables.types.add(node);
  }
  node.width = static_cast<std::uint8_t>(width_of(kind, at, c_type));
  node.flags = is_signed(kind.kind) ? std::uint8_t{decode::kSigned} : std::uint8_t{0};
  if (!type.arguments.empty()) node.a = expressions_.resolve(type.arguments[0], scope);
  if (type.arguments.size() > 1) node.b = expressions_.resolve(type.arguments[1], scope);
  if (!type.text.empty()) node.a = r_.tables.strings.add(type.text);
  if (!type.text_set.empty()) node.b = names_of_numbers(type.text_set, at) + 1;
  if (kind.kind == Kind::Clockid)
    if (const SetItem* clocks = r_.catalogue.find_set("clockids")) node.a = sets_.make_named(*clocks);
  if (kind.kind == Kind::UserOffset) node.a = of_struct("user", nullptr);
  return r_.tables.types.add(node);
}

decode::SetId Types::names_of_numbers(const std::string& set, const Location& at) {
  if (const SetItem* item = r_.catalogue.find_set(set)) return sets_.make_named(*item);
  Suggestion suggestion(set);
  r_.catalogue.suggest_sets(suggestion);
  r_.error(at, "no set " + quote(set) + suggestion.text());
  return 0;
}

unsigned Types::width_of(const KindName& kind, const Location& at, const CType& c_type) {
  if (has_no_size(kind.kind) || (kind.kind == Kind::InetOf && !c_type.is_known())) return 0;
  if (kind.width == 0) return c_type.is_known() ? c_type.width : r_.word();
  if (fills_its_type(kind.kind) && c_type.is_known() && !c_type.is_pointer && !c_type.is_struct()) return c_type.width;
  if (!c_type.is_member || c_type.is_pointer || c_type.is_struct() || is_aggregate(kind.kind)) return kind.width;
  if (c_type.width < kind.width || (is_exact(kind.kind) && c_type.width != kind.width))
    r_.error(at, quote(kind.name) + " has " + std::to_string(kind.width) + " bytes, the member has " +
                     std::to_string(c_type.width));
  return kind.width;
}

void Types::check_parameters(const KindName& kind, const NamedType& type, const Location& at) {
  const auto takes = [&](std::size_t count) { return type.arguments.size() == count; };
  const std::string name(kind.name);
  switch (kind.kind) {
    case Kind::InetOf:
      if (!takes(1)) r_.error(at, name + " takes the address family: " + name + "(sa_family)");
      break;
    case Kind::SyscallOf:
      if (!takes(1)) r_.error(at, name + " takes the architecture: " + name + "(arch)");
      break;
    case Kind::SockoptName:
      if (!takes(1)) r_.error(at, name + " takes the level: " + name + "(level)");
      break;
    case Kind::SockoptValue:
      if (!takes(2)) r_.error(at, name + " takes the level and the option: " + name + "(level, optname)");
      break;
    case Kind::Be16:
    case Kind::Le16:
    case Kind::Be32:
      if (!takes(0) || type.text.empty())
        r_.error(at, name + " takes the name of the C function that makes it: " + name +
                         (kind.width == 2 ? "(\"htons\")" : "(\"htonl\")"));
      return;
    case Kind::Mac:
      if (!takes(0) && !takes(1))
        r_.error(at, name + " takes how many bytes there are, or nothing: " + name + "(sll_halen)");
      break;
    default:
      if (!takes(0)) r_.error(at, name + " takes no parameters");
  }
  if (!type.text.empty()) r_.error(at, name + " takes no text");
}

// ── Items ────────────────────────────────────────────────────────────────────────────────────────────────────────

/// Keeps an item from being made of itself. The caller closes what it opened: open_items_.pop_back().
bool Types::enter(const void* item, const std::string& name, const Location& at) {
  if (std::ranges::find(open_items_, item) != open_items_.end()) {
    r_.error(at, quote(name) + " contains itself");
    return false;
  }
  open_items_.push_back(item);
  return true;
}

decode::TypeId Types::make_item(const TypeItem& item, const Location& at, const Scope* scope, const CType& c_type) {
  if (!enter(&item, item.name, at)) return 0;
  const TypeId id = resolve(item.type, scope, c_type);
  open_items_.pop_back();
  return id;
}

decode::TypeId Types::make_item(const BitsItem& item, const Location&, const Scope*, const CType& c_type) {
  const unsigned width = c_type.is_known() && !c_type.is_pointer ? c_type.width : 4;
  return r_.tables.types.add(
      {.op = TypeOp::Bits, .width = static_cast<std::uint8_t>(width), .a = sets_.make_bits(item)});
}

decode::TypeId Types::make_item(const StructItem& item, const Location&, const Scope* scope, const CType&) {
  constexpr std::ptrdiff_t kDeepest = 3;  // a list's elements point to the next: show so many, then its C type
  if (std::ranges::count(open_structs_, item.c_name) >= kDeepest) return plain_struct(item.c_name);
  return described_struct(item, scope);
}

/// The union's own layout, if it has one, is a scope: its discriminator may lie in it.
decode::TypeId Types::make_item(const UnionItem& item, const Location& at, const Scope* scope, const CType&) {
  if (!enter(&item, item.name, at)) return 0;
  const Layout* layout = r_.layouts.find(item.name);
  const Scope inner{layout, scope};
  const TypeId id = resolve(item.choice, layout == nullptr ? scope : &inner, c_type_of_union(item.name, r_.abi));
  open_items_.pop_back();
  return id;
}

decode::TypeId Types::make_item(const RecordsItem& item, const Location& at, const Scope* scope, const CType&) {
  const Layout* header = r_.layouts.find(item.header);
  if (header == nullptr) {
    Suggestion suggestion(item.header);
    r_.layouts.suggest(suggestion);
    if (!r_.layouts.exists(item.header))
      r_.error(item.at, "no header has a struct " + quote(item.header) + suggestion.text());
    return 0;
  }
  if (!enter(&item, item.name, at)) return 0;
  const TypeId id = make_records(item, *header, scope);
  open_items_.pop_back();
  return id;
}

}  // namespace tether::desc
