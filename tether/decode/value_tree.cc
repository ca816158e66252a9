#include "tether/decode/internal/value_tree.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "tether/decode/internal/lookup.h"
#include "tether/decode/internal/number.h"

namespace tether::decode {
namespace {

std::string_view decimal(Arena& arena, std::uint64_t number) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  return arena.copy({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

Value text_value(const TypeNode& type, const char* bytes, std::size_t length) {
  Value value;
  value.kind = ValueKind::String;
  value.is_path = type.kind == static_cast<std::uint8_t>(Kind::Path);
  value.is_binary = type.kind == static_cast<std::uint8_t>(Kind::Blob);
  value.count = static_cast<std::uint32_t>(length);
  value.bytes_ = bytes;
  return value;
}

}  // namespace

void ValueTree::elided_at(std::uint64_t address) {
  std::array<char, 24> digits{'0', 'x'};
  const auto end = std::to_chars(digits.data() + 2, digits.data() + digits.size(), address, 16).ptr;
  elided();
  stack_.back().note = context_.arena.copy({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

void ValueTree::counted(std::uint64_t at, std::size_t count, std::string_view noun, bool terminated) {
  scratch_.assign(decimal(context_.arena, count));
  scratch_ += ' ';
  if (count == 1 && noun.ends_with("ies")) {
    scratch_.append(noun.substr(0, noun.size() - 3)).append("y");
  } else if (count == 1 && noun.ends_with("s")) {
    scratch_.append(noun.substr(0, noun.size() - 1));
  } else {
    scratch_.append(noun);
  }
  if (!terminated) scratch_ += ", unterminated";
  address(at);
  stack_.back().note = context_.arena.copy(scratch_);
}

void ValueTree::symbols(const TypeNode& type, std::uint64_t number, unsigned width) {
  if (type.op == TypeOp::Bits) return push(bits_value(context_, context_.tables.bits[type.a], number, width));
  const SetNode& set = context_.tables.sets[type.a];
  if (type.op == TypeOp::Flags) return push(flags_value(context_, set, number, width));
  const bool may_be_number = (type.flags & kSigned) != 0;
  if (may_be_number && find_name(context_.tables, set, number, width).empty())
    return push(integer(sign_extend(number, width), NumberStyle::Signed));
  push(enum_value(context_, set, number, width));
}

void ValueTree::blob(const std::byte* from, std::size_t length) {
  Value value = string_value({reinterpret_cast<const char*>(from), length});
  value.is_binary = true;
  push(value);
}

void ValueTree::note_byte_range(std::size_t first, std::size_t last) {
  scratch_.assign("bytes ").append(decimal(context_.arena, first)).append("..").append(decimal(context_.arena, last));
  stack_.back().note = context_.arena.copy(scratch_);
}

void ValueTree::buffer(const TypeNode& type, const std::byte* from, std::size_t length, bool cut) {
  Value value = text_value(type, reinterpret_cast<const char*>(from), length);
  value.cut = cut;
  push(value);
}

void ValueTree::add_text(const std::byte* from, std::size_t length) {
  const std::string_view piece(reinterpret_cast<const char*>(from), length);
  if (piece_count_ == 0) {
    first_piece_ = piece;
  } else {
    if (piece_count_ == 1) scratch_.assign(first_piece_);
    scratch_.append(piece);
  }
  ++piece_count_;
}

void ValueTree::end_text(const TypeNode& type, std::size_t shown, bool terminated) {
  std::string_view text;
  if (piece_count_ == 1) text = first_piece_;
  if (piece_count_ > 1) text = context_.arena.copy(scratch_);
  Value value = text_value(type, text.data(), std::min(text.size(), shown));
  value.terminated = terminated;
  // A char array may fill its field without a NUL; everything else without one goes on somewhere.
  value.cut = text.size() > shown || (!terminated && type.kind != static_cast<std::uint8_t>(Kind::Chars));
  push(value);
}

void ValueTree::label(std::size_t mark, std::string_view label) {
  if (stack_.size() <= mark) return;
  Value& value = stack_[mark];
  // inet_pton(AF_INET6, "::1", &sin6_addr) contains its label.
  const bool names_itself = value.kind == ValueKind::Call && value.count != 0 &&
                            value.children().back().kind == ValueKind::Verbatim &&
                            value.children().back().name.starts_with('&');
  if (!names_itself) value.label = label;
}

void ValueTree::label_index(std::size_t mark, const SetNode& names, std::uint64_t index, std::uint64_t first) {
  const Tables& tables = context_.tables;
  const std::string_view name = find_name(tables, names, index + first, 8);
  scratch_.assign("[");
  if (name.empty()) {
    scratch_.append(decimal(context_.arena, index)).append(" /* ").append(tables.string(names.tag)).append(" */");
  } else {
    scratch_.append(name);
    if (first != 0) scratch_.append("-").append(decimal(context_.arena, first));
  }
  scratch_ += ']';
  label(mark, context_.arena.copy(scratch_));
}

void ValueTree::set_fraction(std::size_t mark, std::uint64_t fraction, unsigned digits) {
  if (stack_.size() <= mark || stack_[mark].kind != ValueKind::Timestamp) return;
  Symbols symbols;
  symbols.remainder = fraction;
  symbols.fraction_digits = static_cast<std::uint8_t>(digits);
  stack_[mark].symbols_ = context_.arena.make(symbols);
}

void ValueTree::close(std::size_t mark, ValueKind kind) {
  const std::size_t count = stack_.size() - mark;
  Value value;
  value.kind = kind;
  value.count = static_cast<std::uint32_t>(count);
  const std::span<Value> children = context_.arena.make_array<Value>(count);
  std::copy(stack_.begin() + static_cast<std::ptrdiff_t>(mark), stack_.end(), children.begin());
  value.children_ = children.data();
  stack_.resize(mark);
  push(value);
}

}  // namespace tether::decode
