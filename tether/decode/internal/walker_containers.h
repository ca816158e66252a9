#pragma once
// Walker, third part: structs, arrays, sequences and records. Included by walker.h.

#include <array>

#include "tether/decode/internal/lookup.h"
#include "tether/decode/internal/old_dirents.h"
#include "tether/decode/internal/walker.h"

namespace tether::decode {

// ── structs ──

template <class Memory, class Tree>
void Walker<Memory, Tree>::walk_struct(const StructNode& node, const Place& place, const Scope* outer) {
  Scope scope{.bytes = place.bytes.sub(0, node.size != 0 && !has_open_end(node) ? node.size : SIZE_MAX),
              .outer = outer};
  std::uint64_t said = place.bytes.size;
  if (node.sized != 0) {
    said = std::min<std::uint64_t>(said, evaluate(node.sized, &scope));
    scope.bytes = scope.bytes.sub(0, static_cast<std::size_t>(said));
  }
  const Place whole{.bytes = place.bytes.sub(0, static_cast<std::size_t>(said)), .address = place.address};
  const auto fields = tables_.fields.subspan(node.first_field, node.field_count);
  const auto mark = tree_.mark();
  bool hidden = false;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const FieldNode& field = fields[i];
    if (field.only_verbose && !settings_.verbose) {
      hidden = true;
      continue;
    }
    if (only_outputs_ && !needs_exit(field.type)) continue;
    if (!spend_node()) {
      hidden = true;
      break;
    }
    if (field.condition != 0 && evaluate(field.condition, &scope) == 0) continue;
    walk_field(field, i + 1 < fields.size() ? &fields[i + 1] : nullptr, whole, scope);
  }
  if (hidden && !only_outputs_) tree_.elided();
  if (node.sized != 0 && !only_outputs_) {
    if constexpr (Tree::kBuilds) {
      if (!ends_in_records(node)) add_tail(place.bytes.sub(node.size), node.size);
    }
  }
  tree_.close_record(mark);
}

/// What the caller appended to a struct that the tables know only shorter: shown if there is anything in it.
template <class Memory, class Tree>
void Walker<Memory, Tree>::add_tail(Bytes tail, std::size_t offset) {
  const std::byte* from = memory_.at(tail);
  if (std::all_of(from, from + tail.size, [](std::byte b) { return b == std::byte{0}; })) return;
  tree_.blob(from, tail.size);
  tree_.note_byte_range(offset, offset + tail.size - 1);
}

template <class Memory, class Tree>
void Walker<Memory, Tree>::walk_field(const FieldNode& field, const FieldNode* next, const Place& whole,
                                      const Scope& scope) {
  if constexpr (!Tree::kBuilds) {
    if (!settings_.types->reads(field.type)) return;
  }
  const TypeNode& type = tables_.types[field.type];
  Place place = whole.sub(field.offset);
  const std::uint64_t needed = std::max<std::uint64_t>(type.width, field.bit_width != 0 ? 1 : 0);
  const bool fills_rest = type.op == TypeOp::Text || type.op == TypeOp::Records || type.op == TypeOp::Seq ||
                          type.op == TypeOp::Array || type.op == TypeOp::Scalar;
  if (place.bytes.size < needed || (place.bytes.size == 0 && !(fills_rest && field.offset <= whole.bytes.size))) return;
  if (field.bit_width != 0) {
    const unsigned width = std::min<unsigned>(8, static_cast<unsigned>(place.bytes.size));
    const std::uint64_t number = load_number(memory_.at(place.bytes), width) >> (field.bit_offset & 63);
    const std::uint64_t mask = field.bit_width >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << field.bit_width) - 1;
    place = Place::in_register(number & mask, type.width != 0 ? type.width : 8);
  }
  if (field.skip_if_zero && is_zero(field, next, place)) return;
  if constexpr (Tree::kBuilds) tree_.set_field_label(tables_.string(field.label));
  const auto mark = tree_.mark();
  walk(field.type, place, &scope);
  if constexpr (Tree::kBuilds) {
    tree_.label(mark, tables_.string(field.label));
    if (next != nullptr && is_kind(type, Kind::Epoch)) add_fraction(mark, *next, whole);
  }
}

template <class Memory, class Tree>
bool Walker<Memory, Tree>::is_zero(const FieldNode& field, const FieldNode* next, const Place& place) const {
  if (place.is_register()) return place.number == 0;
  const TypeNode& type = tables_.types[field.type];
  std::size_t length = type.width != 0 ? type.width : place.bytes.size;
  if (type.width == 0 && next != nullptr && next->offset > field.offset)
    length = std::min<std::size_t>(length, next->offset - field.offset);
  const std::byte* from = memory_.at(place.bytes);
  return std::all_of(from, from + std::min(length, place.bytes.size), [](std::byte b) { return b == std::byte{0}; });
}

/// A time stamp's fraction is the struct's next field: st_atime and st_atime_nsec, tv_sec and tv_nsec or tv_usec.
template <class Memory, class Tree>
void Walker<Memory, Tree>::add_fraction(std::size_t mark, const FieldNode& next, const Place& whole) {
  const std::string_view label = tables_.string(next.label);
  if (!label.ends_with("nsec") && !label.ends_with("usec")) return;
  const Place place = whole.sub(next.offset);
  const unsigned width = width_of(tables_.types[next.type], place);
  tree_.set_fraction(mark, number_at(place, width), label.ends_with("usec") ? 6 : 9);
}

// ── arrays and sequences ──

template <class Memory, class Tree>
std::uint64_t Walker<Memory, Tree>::shown_of(std::uint64_t count) const {
  return std::min<std::uint64_t>(count,
                                 settings_.verbose ? kMaxElements : std::min(settings_.string_limit, kMaxElements));
}

template <class Memory, class Tree>
std::uint64_t Walker<Memory, Tree>::count_of(const TypeNode& array, const Scope* scope, std::uint64_t available,
                                             std::uint64_t element) {
  const std::uint64_t fitting = element == 0 || available == kUnlimited ? kUnlimited : available / element;
  switch (length_mode(array)) {
    case LengthMode::Given:
      return array.b != 0 ? std::min(evaluate(array.b, scope), fitting) : 0;
    case LengthMode::Ret: {
      const bool has_result = pass_ == Pass::Exit && call_.returned && call_.return_value > 0;
      return has_result ? std::min(static_cast<std::uint64_t>(call_.return_value), fitting) : 0;
    }
    case LengthMode::WithinRet:
      return std::min({evaluate(array.b, scope), fitting, element == 0 ? 0 : budget_of_ret_ / element});
    case LengthMode::Available:
      return available == kUnlimited ? 0 : fitting;
  }
  return 0;
}

template <class Memory, class Tree>
void Walker<Memory, Tree>::walk_array(const TypeNode& type, const Place& place, const Scope* scope) {
  const std::uint64_t element = extent(type.a, scope, place.bytes.size);
  // Records are a list of their own making, and what has no size of its own fills what is there.
  if (tables_.types[type.a].op == TypeOp::Records) return walk(type.a, place, scope);
  const auto mark = tree_.mark();
  if (element == 0) {
    if (place.bytes.size != 0) walk(type.a, place, scope);
    return tree_.close_list(mark);
  }
  // How many there are is said by the tables; how many were read, by the bytes. Both are asked: an array that ends
  // where memory ends says so.
  const std::uint64_t count = count_of(type, scope, kUnlimited, element);
  const bool fills = length_mode(type) == LengthMode::Available;
  const std::uint64_t shown = shown_of(fills ? place.bytes.size / element : count);
  for (std::uint64_t i = 0; i < shown; ++i) {
    const Place at = place.sub(static_cast<std::size_t>(i * element));
    if (at.bytes.size < element) {
      tree_.elided_at(at.address);
      return tree_.close_list(mark);
    }
    if (!spend_node()) break;
    const auto element_mark = tree_.mark();
    walk(type.a, {.bytes = at.bytes.sub(0, static_cast<std::size_t>(element)), .address = at.address}, scope);
    if constexpr (Tree::kBuilds) {
      if (type.c >> kIndexNamesShift != 0)
        tree_.label_index(element_mark, tables_.sets[(type.c >> kIndexNamesShift) - 1], i, type.kind);
    }
  }
  if ((fills ? place.bytes.size / element : count) > shown) tree_.elided();
  tree_.close_list(mark);
}

template <class Memory, class Tree>
void Walker<Memory, Tree>::walk_sequence(const TypeNode& type, const Place& place, const Scope* outer) {
  const auto parts = tables_.type_lists.subspan(type.a, type.b);
  std::array<Scope, 8> scopes;
  std::size_t scope_count = 0;
  const Scope* scope = outer;
  Place rest = place;
  for (const TypeId id : parts) {
    if (rest.bytes.size == 0 || !spend_node()) return;
    const TypeNode& part = tables_.types[id];
    const std::uint64_t own = own_extent(part, rest.bytes, scope);
    const std::uint64_t said = own != 0 ? own : extent(id, scope, rest.bytes.size);
    const std::uint64_t size = std::min<std::uint64_t>(said, rest.bytes.size);
    walk(id, {.bytes = rest.bytes.sub(0, static_cast<std::size_t>(size)), .address = rest.address}, scope);
    if (part.op == TypeOp::Struct && scope_count < scopes.size()) {
      scopes[scope_count] = {.bytes = rest.bytes.sub(0, static_cast<std::size_t>(size)), .outer = scope};
      scope = &scopes[scope_count++];
    }
    rest = rest.sub(static_cast<std::size_t>(size));
  }
}

// ── records ──

/// How long the record at `at` says that it is, cut to what is there; 0 if not even its header is there. A record that
/// claims to be shorter than its header is as long as its header, and the sequence ends with it.
template <class Memory, class Tree>
std::uint64_t Walker<Memory, Tree>::record_length(const RecordsNode& node, const Place& at) const {
  if (at.bytes.size < node.header_size || at.bytes.size < node.length_offset + node.length_width) return 0;
  const std::uint64_t length = load_number(memory_.at(at.bytes.sub(node.length_offset)), node.length_width);
  return std::clamp<std::uint64_t>(length, node.header_size, at.bytes.size);
}

/// True if the record at `at` says of itself what cannot be: behind it nothing is known to be.
template <class Memory, class Tree>
bool Walker<Memory, Tree>::is_last_record(const RecordsNode& node, const Place& at) const {
  return load_number(memory_.at(at.bytes.sub(node.length_offset)), node.length_width) < std::max(node.header_size, 1u);
}

template <class Memory, class Tree>
void Walker<Memory, Tree>::walk_records(const RecordsNode& node, const Place& place, const Scope* scope) {
  const auto mark = tree_.mark();
  const std::uint64_t align = node.align != 0 ? node.align : 1;
  const std::uint64_t limit = shown_of(kMaxElements);
  const bool stands_apart = is_apart(node);
  std::uint64_t count = 0;
  for (Place at = place; at.bytes.size != 0; ++count) {
    const std::uint64_t length = record_length(node, at);
    if (length == 0) {
      if (count != 0) tree_.elided_at(at.address);
      if (count != 0) break;
      if (stands_apart) return tree_.blob(memory_.at(at.bytes), at.bytes.size);
      return tree_.address(place.address);
    }
    if (count == limit || !spend_node()) {
      tree_.elided();
      break;
    }
    walk_record(node, {.bytes = at.bytes.sub(0, static_cast<std::size_t>(length)), .address = at.address}, scope);
    if (is_last_record(node, at)) {
      if (!stands_apart && at.bytes.size > length) tree_.elided_at(at.address + length);
      break;
    }
    at = at.sub(static_cast<std::size_t>((length + align - 1) / align * align));
  }
  // Netlink's notation: a message alone stands without the brackets of the sequence.
  if (stands_apart && count == 1 && tree_.mark() == mark + 1) return;
  tree_.close_list(mark);
}

template <class Memory, class Tree>
void Walker<Memory, Tree>::walk_record(const RecordsNode& node, const Place& place, const Scope* outer) {
  const StructNode& header = tables_.structs[node.header_struct];
  const Scope scope{.bytes = place.bytes, .outer = outer};
  const Place body = place.sub(node.header_size);
  const auto list_mark = tree_.mark();
  // Not walk_struct: the header's scope is the whole record, which encloses the body as well.
  for (const FieldNode& field : tables_.fields.subspan(header.first_field, header.field_count)) {
    if (!spend_node()) break;
    if (field.condition != 0 && evaluate(field.condition, &scope) == 0) continue;
    if (field.only_verbose && !settings_.verbose) continue;
    walk_field(field, nullptr, place, scope);
  }
  if (!is_apart(node)) {
    const auto mark = tree_.mark();
    if constexpr (Tree::kBuilds) tree_.set_field_label(tables_.string(node.body_label));
    if (node.body != 0 && body.bytes.size != 0) walk(node.body, body, &scope);
    if (tree_.mark() > mark + 1) tree_.close_list(mark);
    if constexpr (Tree::kBuilds) tree_.label(mark, tables_.string(node.body_label));
    return tree_.close_record(list_mark);
  }
  tree_.close_record(list_mark);
  if (node.body == 0 || body.bytes.size == 0) return;
  if constexpr (Tree::kBuilds) tree_.set_field_label({});
  walk(node.body, body, &scope);
  tree_.close_list(list_mark);
}

/// True if the body is no member of the header's record but stands beside it: [{header}, body].
template <class Memory, class Tree>
bool Walker<Memory, Tree>::is_apart(const RecordsNode& node) const {
  const std::string_view label = tables_.string(node.body_label);
  return label.empty() || label == "data";
}

/// True if without -v a pointer to `type` only says how many records lie there: /* 5 entries */.
template <class Memory, class Tree>
bool Walker<Memory, Tree>::is_counted(const TypeNode& type) const {
  if (settings_.verbose) return false;
  const TypeNode& element = type.op == TypeOp::Array ? tables_.types[type.a] : type;
  return element.op == TypeOp::Records ? tables_.records[element.a].brief != 0 : is_kind(element, Kind::Dirents);
}

template <class Memory, class Tree>
void Walker<Memory, Tree>::count_entries(const TypeNode& type, const Place& place) {
  if constexpr (Tree::kBuilds) {
    const TypeNode& element = type.op == TypeOp::Array ? tables_.types[type.a] : type;
    if (element.op == TypeOp::Records) {
      const RecordsNode& node = tables_.records[element.a];
      return tree_.counted(place.address, count_records(node, place), tables_.string(node.brief), true);
    }
    std::size_t count = 0;
    const std::span<const std::byte> bytes(memory_.at(place.bytes), place.bytes.size);
    for_each_old_dirent(call_.abi, bytes, [&](std::span<const std::byte>) { ++count; });
    tree_.counted(place.address, count, "entries", true);
  }
}

template <class Memory, class Tree>
std::size_t Walker<Memory, Tree>::count_records(const RecordsNode& node, const Place& place) const {
  const std::uint64_t align = node.align != 0 ? node.align : 1;
  std::size_t count = 0;
  for (Place at = place; at.bytes.size != 0; ++count) {
    const std::uint64_t length = record_length(node, at);
    if (length == 0 || is_last_record(node, at)) break;
    at = at.sub(static_cast<std::size_t>((length + align - 1) / align * align));
  }
  return count;
}

}  // namespace tether::decode
