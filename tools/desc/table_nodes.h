#pragma once
// The nodes of tether/decode/tables.h as tuples, in order of declaration: for comparing and for writing them.

#include <tuple>

#include "tether/decode/tables.h"

namespace tether::desc {

inline auto members(const decode::ExprNode& n) {
  return std::tuple(n.op, n.level, n.a, n.b, n.value);
}
inline auto members(const decode::TypeNode& n) {
  return std::tuple(n.op, n.kind, n.width, n.flags, n.a, n.b, n.c);
}
inline auto members(const decode::FieldNode& n) {
  return std::tuple(n.label, n.offset, n.type, n.condition, n.bit_offset, n.bit_width, n.only_verbose, n.skip_if_zero);
}
inline auto members(const decode::StructNode& n) {
  return std::tuple(n.name, n.first_field, n.field_count, n.size, n.sized);
}
inline auto members(const decode::ChoiceCase& n) {
  return std::tuple(n.key, n.second_key, n.type);
}
inline auto members(const decode::ChoiceNode& n) {
  return std::tuple(n.key, n.second_key, n.first_case, n.case_count, n.otherwise);
}
inline auto members(const decode::RecordsNode& n) {
  return std::tuple(n.header_struct, n.header_size, n.length_offset, n.length_width, n.align, n.body_label, n.body,
                    n.brief);
}
inline auto members(const decode::SetEntry& n) {
  return std::tuple(n.value, n.name);
}
inline auto members(const decode::SetNode& n) {
  return std::tuple(n.first, n.count, n.tag, n.sorted);
}
inline auto members(const decode::BitsPart& n) {
  return std::tuple(n.op, n.set, n.mask);
}
inline auto members(const decode::BitsNode& n) {
  return std::tuple(n.first, n.count);
}
inline auto members(const decode::ArgNode& n) {
  return std::tuple(n.label, n.type, n.reg, n.cast_width, n.cast_signed, n.is_labelled);
}
inline auto members(const decode::CallVariant& n) {
  return std::tuple(n.key, n.first_arg, n.arg_count, n.ret);
}
inline auto members(const decode::CallNode& n) {
  return std::tuple(n.name, n.first_arg, n.arg_count, n.flags, n.result_note, n.ret, n.classes, n.variant_key,
                    n.first_variant, n.variant_count);
}
inline auto members(const decode::IoctlNode& n) {
  return std::tuple(n.code, n.name, n.type);
}
inline auto members(const decode::SockoptNode& n) {
  return std::tuple(n.level, n.option, n.name, n.type);
}
inline auto members(const decode::NamedTypeNode& n) {
  return std::tuple(n.name, n.type);
}
inline auto members(decode::TypeId id) {
  return std::tuple(id);
}

}  // namespace tether::desc
