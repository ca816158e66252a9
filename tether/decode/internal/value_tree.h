#pragma once
// ValueTree and NoTree: what a walk leaves behind: Values in an Arena, or nothing.
//
// A walk pushes values; what belongs together is then closed into one: mark(), push the children, close_record(mark).
// The stack is kept from call to call, so decoding allocates only in the arena.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tether/decode/internal/leaf.h"

namespace tether::decode {

class ValueTree {
 public:
  static constexpr bool kBuilds = true;

  /// The stack that a tree uses: lent, so that its memory is kept.
  struct Storage {
    std::vector<Value> stack;
    std::string text;
  };

  ValueTree(const Tables& tables, Abi abi, Arena& arena, Storage& storage)
      : context_{tables, abi, arena}, stack_(storage.stack), scratch_(storage.text) {
    stack_.clear();
  }

  std::size_t mark() const { return stack_.size(); }
  std::vector<Value>& values() { return stack_; }
  const LeafContext& context() const { return context_; }

  void push(const Value& value) { stack_.push_back(value); }
  void address(std::uint64_t address) {
    Value value;
    value.kind = ValueKind::Address;
    value.number = address;
    push(value);
  }
  void hex(std::uint64_t number) { push(integer(number, NumberStyle::Hex)); }
  void elided() {
    Value value;
    value.kind = ValueKind::Elided;
    push(value);
  }
  /// More follows at `address`, but cannot be read.
  void elided_at(std::uint64_t address);
  /// An address with how many of something lie there: /* 23 vars */. `noun` is in the plural.
  void counted(std::uint64_t address, std::size_t count, std::string_view noun, bool terminated);

  /// Gives the descriptors in the list at `mark` their names.
  template <class NameIt>
  void name_descriptors(std::size_t mark, NameIt name_it) {
    if (stack_.size() <= mark || stack_[mark].kind != ValueKind::List) return;
    const std::span<Value> named = context_.arena.make_array<Value>(stack_[mark].count);
    for (std::size_t i = 0; i < named.size(); ++i) {
      named[i] = stack_[mark].children()[i];
      name_it(named[i]);
    }
    stack_[mark].children_ = named.data();
  }

  void leaf(Leaf& leaf) {
    leaf.label = field_label_;
    if (leaf.type.kind == static_cast<std::uint8_t>(Kind::UnixPath) && leaf.bytes.empty()) return;
    push(make_leaf(context_, leaf));
  }
  void symbols(const TypeNode& type, std::uint64_t number, unsigned width);

  void blob(const std::byte* from, std::size_t length);
  void buffer(const TypeNode& type, const std::byte* from, std::size_t length, bool cut);
  /// Says of the last value which bytes of its struct it is: /* bytes 88..95 */.
  void note_byte_range(std::size_t first, std::size_t last);

  /// Text comes in pieces; in one piece it is not copied.
  void begin_text() { piece_count_ = 0; }
  void add_text(const std::byte* from, std::size_t length);
  void end_text(const TypeNode& type, std::size_t shown, bool terminated);

  void close_list(std::size_t mark) { close(mark, ValueKind::List); }
  void close_record(std::size_t mark) { close(mark, ValueKind::Record); }
  /// The two topmost values become before => after.
  void close_change() { close(stack_.size() - 2, ValueKind::Change); }

  void set_field_label(std::string_view label) { field_label_ = label; }
  /// Labels what was pushed since `mark`, if anything was. What names itself in its notation stays bare.
  void label(std::size_t mark, std::string_view label);
  /// Labels an element by the name of its number: [IPV4_DEVCONF_FORWARDING-1] if the names begin with 1.
  void label_index(std::size_t mark, const SetNode& names, std::uint64_t index, std::uint64_t first);
  /// The fraction of the time stamp at `mark`, of so many digits.
  void set_fraction(std::size_t mark, std::uint64_t fraction, unsigned digits);

 private:
  void close(std::size_t mark, ValueKind kind);

  LeafContext context_;
  std::vector<Value>& stack_;
  std::string& scratch_;
  std::string_view field_label_;
  std::string_view first_piece_;
  std::size_t piece_count_ = 0;
};

/// The tree of a capture: none.
struct NoTree {
  static constexpr bool kBuilds = false;

  std::size_t mark() const { return 0; }
  void address(std::uint64_t) {}
  void hex(std::uint64_t) {}
  void elided() {}
  void elided_at(std::uint64_t) {}
  void counted(std::uint64_t, std::size_t, std::string_view, bool) {}
  void blob(const std::byte*, std::size_t) {}
  void buffer(const TypeNode&, const std::byte*, std::size_t, bool) {}
  void begin_text() {}
  void add_text(const std::byte*, std::size_t) {}
  void end_text(const TypeNode&, std::size_t, bool) {}
  void close_list(std::size_t) {}
  void close_record(std::size_t) {}
};

}  // namespace tether::decode
