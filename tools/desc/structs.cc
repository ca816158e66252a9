// Types: structs and records.

#include <algorithm>
#include <charconv>
#include <initializer_list>

#include "tools/desc/types.h"

namespace tether::desc {

using decode::FieldNode;
using decode::Kind;
using decode::LengthMode;
using decode::TypeNode;
using decode::TypeOp;

namespace {

bool is_filler(const std::string& name) {
  return std::ranges::any_of(std::initializer_list<const char*>{"pad", "reserved", "spare", "unused"},
                             [&](const char* part) { return name.find(part) != std::string::npos; });
}

FieldNode place(const Member& member, decode::StringId label, decode::TypeId type) {
  return {
      .label = label, .offset = member.offset, .type = type, .bit_offset = member.bit_offset, .bit_width = member.bits};
}

}  // namespace

decode::TypeId Types::of_struct(const std::string& c_name, const Scope* scope) {
  const StructItem* item = r_.catalogue.find_struct(c_name, r_.abi);
  if (item == nullptr && c_name.starts_with("compat_")) item = r_.catalogue.find_struct(c_name.substr(7), r_.abi);
  const bool is_open = std::ranges::find(open_structs_, c_name) != open_structs_.end();
  return item == nullptr || is_open ? plain_struct(c_name) : described_struct(*item, scope);
}

// ── What nobody describes ────────────────────────────────────────────────────────────────────────────────────────

decode::TypeId Types::plain_struct(const std::string& c_name) {
  if (const auto known = plain_structs_.find(c_name); known != plain_structs_.end()) return known->second;
  const Layout* layout = r_.layouts.find(c_name);
  if (layout == nullptr) return r_.tables.scalar(Kind::Addr, r_.word());
  plain_structs_[c_name] = 0;  // within itself, a struct is left out
  std::vector<FieldNode> fields;
  for (const Member& member : layout->members) {
    if (member.is_alternative) continue;
    FieldNode field = place(member, r_.tables.strings.add(member.name), plain_member(member));
    field.skip_if_zero = is_filler(member.name);
    if (field.type != 0) fields.push_back(field);
  }
  return plain_structs_[c_name] = add_struct(*layout, fields, 0);
}

decode::TypeId Types::plain_member(const Member& member) {
  const std::uint32_t count = member.element_count();
  const decode::ExprId count_id = member.is_array() ? r_.tables.constant(count) : 0;
  const auto given = static_cast<std::uint32_t>(LengthMode::Given);
  if (member.kind == 'c' && member.is_array())
    return r_.tables.types.add(
        {.op = TypeOp::Text, .kind = static_cast<std::uint8_t>(Kind::Chars), .a = count_id, .c = given});
  TypeId element = 0;
  if (member.kind == 'S') {
    const std::string type = parse_c_type(member.c_type, r_.abi).struct_name();
    element = of_struct(type.substr(0, type.find(' ')), nullptr);
  } else {
    const bool is_signed = member.kind == 's' || member.kind == 'c';
    const Kind kind = member.kind == 'p' ? Kind::Addr : is_signed ? Kind::Long : Kind::Ulong;
    const std::uint32_t size = count != 0 ? member.size / count : member.size;
    element = r_.tables.scalar(kind, std::clamp(size, 1u, 8u), is_signed);
  }
  if (!member.is_array()) return element;
  return r_.tables.types.add(
      {.op = TypeOp::Array, .flags = r_.tables.inherited_flags(element), .a = element, .b = count_id, .c = given});
}

// ── What a `struct` item describes ───────────────────────────────────────────────────────────────────────────────

decode::TypeId Types::described_struct(const StructItem& item, const Scope* scope) {
  const StructItem* source = item.same_as.empty() ? &item : r_.catalogue.find_struct(item.same_as, r_.abi);
  const Layout* layout = r_.layouts.find(item.c_name);
  if (source == nullptr || !source->same_as.empty()) {
    Suggestion suggestion(item.same_as);
    r_.catalogue.suggest_types(suggestion);
    r_.error(item.at, "no struct " + quote(item.same_as) + " is described by its fields" + suggestion.text());
    return 0;
  }
  if (layout == nullptr) {
    Suggestion suggestion(item.c_name);
    r_.layouts.suggest(suggestion);
    if (!r_.layouts.exists(item.c_name))
      r_.error(item.at, "no header has a struct " + quote(item.c_name) + suggestion.text());
    return plain_struct(item.c_name);
  }
  open_structs_.push_back(item.c_name);
  const TypeId id = record(source->fields, *layout, scope, source->sized);
  open_structs_.pop_back();
  return id;
}

decode::TypeId Types::record(const std::vector<Field>& fields, const Layout& layout, const Scope* outer,
                             const ExprPtr& sized) {
  const Scope scope{&layout, outer};
  const auto nodes = make_fields(fields, layout, scope);
  return add_struct(layout, nodes, expressions_.resolve_count(sized, &scope));
}

decode::TypeId Types::add_struct(const Layout& layout, const std::vector<FieldNode>& fields, decode::ExprId sized) {
  std::uint8_t flags = 0;
  for (const FieldNode& field : fields) flags |= r_.tables.inherited_flags(field.type);
  const std::uint32_t index = r_.tables.structs.add({.name = r_.tables.strings.add(layout.name),
                                                     .first_field = r_.tables.fields.add_list(fields),
                                                     .field_count = static_cast<std::uint32_t>(fields.size()),
                                                     .size = layout.size,
                                                     .sized = sized});
  return r_.tables.types.add({.op = TypeOp::Struct, .flags = flags, .a = index});
}

std::vector<FieldNode> Types::make_fields(const std::vector<Field>& fields, const Layout& layout, const Scope& scope) {
  std::vector<FieldNode> nodes;
  for (const Field& field : fields) {
    const Member* member = layout.find(field.name);
    if (member == nullptr) {
      Suggestion suggestion(field.name);
      for (const Member& known : layout.members) suggestion.consider(known.name);
      if (!r_.layouts.has_member(layout.name, field.name))
        r_.error(field.at, "struct " + layout.name + " has no member " + quote(field.name) + suggestion.text());
      continue;
    }
    FieldNode node = place(*member, r_.tables.strings.add(field.shown), field_type(field, *member, scope));
    node.condition = expressions_.resolve(field.condition, &scope);
    node.only_verbose = field.is_full;
    nodes.push_back(node);
  }
  return nodes;
}

decode::TypeId Types::field_type(const Field& field, const Member& member, const Scope& scope) {
  if (field.type == nullptr) return plain_member(member);
  const TypeId id = resolve(field.type, &scope, c_type_of(member, r_.abi));
  TypeNode node = r_.tables.types[id];
  const bool is_unbounded =
      node.op == TypeOp::Text && node.c == static_cast<std::uint32_t>(LengthMode::Available) && node.a == 0;
  if (!is_unbounded || member.size == 0) return id;
  node.a = r_.tables.constant(member.size);  // text in a struct ends where its member ends, unless that is open-ended
  node.c = static_cast<std::uint32_t>(LengthMode::Given);
  return r_.tables.types.add(node);
}

// ── Records ──────────────────────────────────────────────────────────────────────────────────────────────────────

decode::TypeId Types::make_records(const RecordsItem& item, const Layout& header, const Scope* scope) {
  const TypeId head = record(item.fields, header, scope, nullptr);
  decode::RecordsNode node{.header_struct = r_.tables.types[head].a, .header_size = header.end(), .align = 1};
  if (const Member* length = header.find(item.length_field); length != nullptr && length->is_number()) {
    node.length_offset = length->offset;
    node.length_width = static_cast<std::uint8_t>(length->size);
  } else {
    r_.error(item.at,
             "struct " + item.header + " has no number " + quote(item.length_field) + " to hold a record's length");
  }
  if (item.align == "long")
    node.align = static_cast<std::uint8_t>(r_.word());
  else if (!item.align.empty())
    std::from_chars(item.align.data(), item.align.data() + item.align.size(), node.align);
  node.body_label = r_.tables.strings.add(item.body_label);
  const Scope inner{&header, scope};
  if (item.body != nullptr) node.body = resolve(item.body, &inner, {});
  node.brief = r_.tables.strings.add(item.brief);
  const auto flags = static_cast<std::uint8_t>(r_.tables.inherited_flags(head) | r_.tables.inherited_flags(node.body));
  return r_.tables.types.add({.op = TypeOp::Records, .flags = flags, .a = r_.tables.records.add(node)});
}

}  // namespace tether::desc
