// PTRACE_PEEKUSER's offset: a word of struct user, whose first member is the registers.

#include <cctype>
#include <string>

#include "tether/decode/internal/leaf.h"
#include "tether/decode/internal/number.h"

namespace tether::decode {
namespace {

/// The last member that does not begin behind `offset`; null if there is none.
const FieldNode* member_at(const Tables& tables, const StructNode& node, std::uint64_t offset) {
  const FieldNode* found = nullptr;
  for (const FieldNode& field : tables.fields.subspan(node.first_field, node.field_count))
    if (field.offset <= offset && (found == nullptr || found->offset <= field.offset)) found = &field;
  return found;
}

/// 8*RIP: the registers stand in words.
std::string register_text(const Tables& tables, const FieldNode& field, unsigned word) {
  std::string text = std::to_string(word) + "*";
  for (const char c : tables.string(field.label))
    text += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

Value user_offset_leaf(const LeafContext& context, const Leaf& leaf) {
  const Tables& tables = context.tables;
  const TypeNode& type = tables.types[leaf.type.a];
  if (type.op != TypeOp::Struct || leaf.number >= tables.structs[type.a].size) return hex_leaf(context, leaf);
  const FieldNode* member = member_at(tables, tables.structs[type.a], leaf.number);
  if (member == nullptr) return hex_leaf(context, leaf);
  std::uint64_t begin = member->offset;
  std::string text;
  const TypeNode& inner = tables.types[member->type];
  const FieldNode* reg =
      inner.op == TypeOp::Struct && begin == 0 ? member_at(tables, tables.structs[inner.a], leaf.number) : nullptr;
  if (reg != nullptr) {
    begin = reg->offset;
    text = register_text(tables, *reg, word_size(context.abi));
  } else {
    text = "offsetof(struct user, " + std::string(tables.string(member->label)) + ")";
  }
  if (leaf.number != begin) text += "+" + std::to_string(leaf.number - begin);
  return enumerator(context.arena, leaf.number, context.arena.copy(text), {});
}

}  // namespace tether::decode
