#include <algorithm>

#include "tether/decode/internal/leaf.h"

namespace tether::decode {

Value integer(std::uint64_t number, NumberStyle style) {
  Value value;
  value.kind = ValueKind::Integer;
  value.style = style;
  value.number = number;
  return value;
}

Value verbatim(Arena& arena, std::uint64_t number, std::string_view text) {
  Value value;
  value.kind = ValueKind::Verbatim;
  value.number = number;
  value.name = arena.copy(text);
  return value;
}

Value string_value(std::string_view bytes) {
  Value value;
  value.kind = ValueKind::String;
  value.count = static_cast<std::uint32_t>(bytes.size());
  value.bytes_ = bytes.data();
  return value;
}

static Value with_children(Arena& arena, ValueKind kind, std::span<const Value> children) {
  Value value;
  value.kind = kind;
  value.count = static_cast<std::uint32_t>(children.size());
  const auto kept = arena.make_array<Value>(children.size());
  std::ranges::copy(children, kept.begin());
  value.children_ = kept.data();
  return value;
}

Value call_value(Arena& arena, std::uint64_t number, std::string_view function, std::span<const Value> args) {
  Value value = with_children(arena, ValueKind::Call, args);
  value.number = number;
  value.name = function;
  return value;
}

Value list_value(Arena& arena, std::span<const Value> elements) {
  return with_children(arena, ValueKind::List, elements);
}

Value record_value(Arena& arena, std::span<const Value> fields) {
  return with_children(arena, ValueKind::Record, fields);
}

Value labelled(std::string_view label, Value value) {
  value.label = label;
  return value;
}

}  // namespace tether::decode
