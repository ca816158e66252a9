#pragma once
// TableBuilder: the arrays of tether/decode/tables.h while they grow.
//
// Both ABIs share one builder, and equal nodes and lists are kept once: what does not differ between the ABIs, which is
// most, costs nothing twice. Only the indexes by number, code and name (AbiTables) are an ABI's own.

#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "tether/decode/kind.h"
#include "tools/desc/facts.h"
#include "tools/desc/table_nodes.h"

namespace tether::desc {

class StringPool {
 public:
  /// The same text has the same id; "" is 0.
  decode::StringId add(const std::string& text);
  /// All texts, each with its NUL.
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_ = std::string(1, '\0');
  std::unordered_map<std::string, decode::StringId> ids_{{"", 0}};
};

/// An array whose elements or runs of elements are kept once.
template <class Node>
class Pool {
 public:
  /// The index of `node`, or of the first of `list`.
  std::uint32_t add(const Node& node) { return add_list({&node, 1}); }
  std::uint32_t add_list(std::span<const Node> list) {
    std::vector<Key> key;
    for (const Node& node : list) key.push_back(members(node));
    const auto [known, is_new] = ids_.emplace(std::move(key), static_cast<std::uint32_t>(nodes_.size()));
    if (is_new) nodes_.insert(nodes_.end(), list.begin(), list.end());
    return known->second;
  }
  const Node& operator[](std::uint32_t index) const { return nodes_[index]; }
  const std::vector<Node>& nodes() const { return nodes_; }
  /// An element that nothing equals: index 0 where it means "none".
  void reserve_none() { nodes_.emplace_back(); }

 private:
  using Key = decltype(members(std::declval<const Node&>()));
  std::vector<Node> nodes_;
  std::map<std::vector<Key>, std::uint32_t> ids_;
};

struct AbiTables {
  std::vector<decode::CallNode> calls;
  std::vector<decode::IoctlNode> ioctls;
  std::vector<decode::SockoptNode> sockopts;
  std::vector<decode::NamedTypeNode> named_types;
};

struct TableBuilder {
  StringPool strings;
  Pool<decode::CallVariant> variants;
  Pool<decode::ArgNode> args;
  Pool<decode::TypeNode> types;
  Pool<decode::TypeId> type_lists;
  Pool<decode::ExprNode> exprs;
  Pool<decode::StructNode> structs;
  Pool<decode::FieldNode> fields;
  Pool<decode::ChoiceNode> choices;
  Pool<decode::ChoiceCase> cases;
  Pool<decode::RecordsNode> records;
  Pool<decode::SetNode> sets;
  Pool<decode::SetEntry> set_entries;
  Pool<decode::BitsNode> bits;
  Pool<decode::BitsPart> bits_parts;
  PerAbi<AbiTables> own;

  TableBuilder() {
    types.reserve_none();
    exprs.reserve_none();
  }

  decode::ExprId constant(std::uint64_t value) { return exprs.add({.op = decode::ExprOp::Constant, .value = value}); }
  decode::TypeId scalar(decode::Kind kind, unsigned width, bool is_signed = false);
  /// The TypeFlags that a type hands on to what contains it.
  std::uint8_t inherited_flags(decode::TypeId id) const {
    return types[id].flags & (decode::kNeedsExit | decode::kReadsMemory);
  }
  bool is_kind(decode::TypeId id, decode::TypeOp op, decode::Kind kind) const {
    return types[id].op == op && types[id].kind == static_cast<std::uint8_t>(kind);
  }
};

}  // namespace tether::desc
