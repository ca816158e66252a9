#include "tools/desc/types.h"

#include <algorithm>
#include <deque>

namespace tether::desc {

using decode::Kind;
using decode::LengthMode;
using decode::TypeNode;
using decode::TypeOp;

namespace {

/// Bytes of a flags or enum word: as many as it says, or as the C type has.
std::uint8_t word_width(std::uint8_t own, const CType& c_type) {
  if (own != 0) return own;
  return static_cast<std::uint8_t>(c_type.is_known() ? c_type.width : 4);
}

}  // namespace

decode::TypeId Types::resolve(const TypePtr& type, const Scope* scope, const CType& c_type) {
  const CType own = type->length == Length::None ? c_type : c_type.element();
  const TypeId element = std::visit([&](const auto& what) { return make(what, *type, scope, own); }, type->what);
  return with_length(element, *type, scope);
}

decode::TypeId Types::of_c_type(const CType& c_type) {
  if (!c_type.is_known()) return r_.tables.scalar(Kind::Hex, r_.word());
  const Kind kind = c_type.is_pointer ? Kind::Addr : c_type.is_signed ? Kind::Long : Kind::Ulong;
  return r_.tables.scalar(kind, c_type.width, c_type.is_signed);
}

decode::TypeId Types::make(const FlagsType& type, const Type&, const Scope*, const CType& c_type) {
  return r_.tables.types.add({.op = TypeOp::Flags,
                              .width = word_width(type.width, c_type),
                              .a = sets_.make(type.set, type.is_mask ? Sets::Use::Mask : Sets::Use::Flags)});
}

decode::TypeId Types::make(const EnumType& type, const Type& whole, const Scope*, const CType& c_type) {
  if (!type.set && r_.case_labels.empty())
    r_.error(whole.at, "'enum cases' names the variants of a call, and there are none here");
  const decode::SetId set = type.set ? sets_.make(*type.set, Sets::Use::Enum) : sets_.make_enum(r_.case_labels);
  return r_.tables.types.add({.op = TypeOp::Enum,
                              .width = type.is_or_number ? std::uint8_t{4} : word_width(type.width, c_type),
                              .flags = type.is_or_number ? std::uint8_t{decode::kSigned} : std::uint8_t{0},
                              .a = set});
}

decode::TypeId Types::make(const IfType& type, const Type&, const Scope* scope, const CType& c_type) {
  const TypeId then = resolve(type.then, scope, c_type);
  const TypeId otherwise = type.otherwise == nullptr ? 0 : resolve(type.otherwise, scope, c_type);
  return r_.tables.types.add(
      {.op = TypeOp::If,
       .flags = static_cast<std::uint8_t>(r_.tables.inherited_flags(then) | r_.tables.inherited_flags(otherwise)),
       .a = expressions_.resolve(type.condition, scope),
       .b = then,
       .c = otherwise});
}

decode::TypeId Types::make(const RecordType& type, const Type& whole, const Scope* scope, const CType& c_type) {
  const std::string name = c_type.struct_name();
  if (const Layout* layout = r_.layouts.find(name)) return record(type.fields, *layout, scope, nullptr);
  if (!r_.layouts.exists(name))
    r_.error(whole.at, "{ FIELDS } describes a struct, and no header says which one lies here");
  return 0;
}

decode::TypeId Types::make(const SkipType& type, const Type&, const Scope* scope, const CType&) {
  const std::uint8_t width =
      type.passed == nullptr ? std::uint8_t{0} : r_.tables.types[resolve(type.passed, scope, {})].width;
  return r_.tables.types.add({.op = TypeOp::Skip, .width = width});
}

/// Each element that is a struct is a scope for those behind it.
decode::TypeId Types::make(const SeqType& type, const Type&, const Scope* scope, const CType&) {
  std::vector<TypeId> parts;
  std::deque<Scope> scopes;  // a deque: its elements stay where they are
  std::uint8_t flags = 0;
  for (const TypePtr& part : type.parts) {
    parts.push_back(resolve(part, scope, {}));
    flags |= r_.tables.inherited_flags(parts.back());
    const auto* named = std::get_if<NamedType>(&part->what);
    const Layout* layout = named == nullptr || part->length != Length::None ? nullptr : r_.layouts.find(named->name);
    if (layout != nullptr) scope = &scopes.emplace_back(Scope{layout, scope});
  }
  return r_.tables.types.add({.op = TypeOp::Seq,
                              .flags = flags,
                              .a = r_.tables.type_lists.add_list(parts),
                              .b = static_cast<std::uint32_t>(parts.size())});
}

// ── Choices ──────────────────────────────────────────────────────────────────────────────────────────────────────

decode::TypeId Types::make(const ChoiceType& type, const Type&, const Scope* scope, const CType& c_type) {
  decode::ChoiceNode node{.key = expressions_.resolve(type.keys[0], scope)};
  if (type.keys.size() > 1) node.second_key = expressions_.resolve(type.keys[1], scope);
  std::vector<decode::ChoiceCase> cases;
  std::uint8_t flags = 0;
  bool has_else = false;
  for (const Case& item : type.cases) {
    const TypeId id = resolve(item.type, scope, c_type);
    flags |= r_.tables.inherited_flags(id);
    if (!item.labels.empty()) {
      add_case(item, id, type, cases);
      continue;
    }
    if (has_else) r_.error(item.at, "this choice has an 'else' already");
    has_else = true;
    node.otherwise = id;
  }
  std::ranges::sort(cases, {}, [](const decode::ChoiceCase& c) { return std::pair(c.key, c.second_key); });
  node.first_case = r_.tables.cases.add_list(cases);
  node.case_count = static_cast<std::uint32_t>(cases.size());
  return r_.tables.types.add({.op = TypeOp::Choice, .flags = flags, .a = r_.tables.choices.add(node)});
}

void Types::add_case(const Case& item, TypeId type, const ChoiceType& choice, std::vector<decode::ChoiceCase>& cases) {
  for (const Label& label : item.labels) {
    const bool has_two_keys = choice.keys.size() > 1;
    if (label.second.empty() == has_two_keys)
      r_.error(item.at, has_two_keys
                            ? "the choice has two keys: write '" + label.first + "/SECOND'"
                            : "the choice has one key, and '" + label.first + "/" + label.second + "' gives two");
    const auto key = r_.constants.demand(label.first, item.at);
    const auto second_key = label.second.empty() ? 0 : r_.constants.demand(label.second, item.at);
    if (!key || !second_key) continue;
    const bool is_known =
        std::ranges::any_of(cases, [&](const auto& c) { return c.key == *key && c.second_key == *second_key; });
    if (is_known)
      r_.error(item.at,
               "'" + label.first + (has_two_keys ? "/" + label.second : "") + "' is the number of an earlier case");
    else
      cases.push_back({*key, *second_key, type});
  }
}

// ── Lengths ──────────────────────────────────────────────────────────────────────────────────────────────────────

decode::TypeId Types::with_length(TypeId element, const Type& type, const Scope* scope) {
  if (type.length == Length::None) return element;
  static constexpr LengthMode kModes[] = {LengthMode::Available, LengthMode::Given, LengthMode::Ret,
                                          LengthMode::WithinRet, LengthMode::Available};
  const LengthMode mode = kModes[static_cast<std::size_t>(type.length)];
  const std::uint8_t exit = mode == LengthMode::Ret || mode == LengthMode::WithinRet ? decode::kNeedsExit : 0;
  const decode::ExprId count = expressions_.resolve_count(type.count, scope);
  TypeNode node = r_.tables.types[element];
  if (node.op == TypeOp::Records) return element;  // they fill what is there
  if (r_.tables.is_kind(element, TypeOp::Scalar, Kind::Sigset)) {
    const decode::ExprNode& bytes = r_.tables.exprs[count];
    if (bytes.op == decode::ExprOp::Constant) node.width = static_cast<std::uint8_t>(bytes.value);
    return r_.tables.types.add(node);
  }
  if (node.op == TypeOp::Text) {
    node.a = count;
    node.c = static_cast<std::uint32_t>(mode);
    node.flags |= exit;
    return r_.tables.types.add(node);
  }
  const std::uint32_t names = type.indexes ? sets_.make(*type.indexes, Sets::Use::Enum) + 1 : 0;
  return r_.tables.types.add({.op = TypeOp::Array,
                              .kind = type.first_index,
                              .flags = static_cast<std::uint8_t>(r_.tables.inherited_flags(element) | exit),
                              .a = element,
                              .b = count,
                              .c = static_cast<std::uint32_t>(mode) | names << decode::kIndexNamesShift});
}

}  // namespace tether::desc
