#pragma once
// Walker, second part: what lies behind pointers: how much of it to read, and text. Included by walker.h.

#include <cstring>

#include "tether/arch/page.h"
#include "tether/decode/internal/lookup.h"
#include "tether/decode/internal/walker.h"

namespace tether::decode {

/// False for text that only a NUL ends.
constexpr bool has_length(const TypeNode& text) {
  return text.a != 0 || static_cast<LengthMode>(text.c) != LengthMode::Given;
}

/// What a socket option is of which the tables know nothing.
inline constexpr TypeNode kPlainBytes{.op = TypeOp::Text,
                                      .kind = static_cast<std::uint8_t>(Kind::Bytes),
                                      .c = static_cast<std::uint32_t>(LengthMode::Available)};

// ── reading ──

template <class Memory, class Tree>
std::size_t Walker<Memory, Tree>::clip(std::size_t want) const {
  return std::min({want, kMaxPiece, kMaxCapturedBytes - bytes_});
}

template <class Memory, class Tree>
Bytes Walker<Memory, Tree>::request(std::uint64_t address, std::size_t want) {
  if (want == 0 || !may_request()) return {};
  ++pieces_;
  const std::size_t asked = clip(want);
  bytes_ += asked;  // also where less is readable: asking is what takes the tracee's time
  return memory_.fetch(address, asked);
}

/// Text up to and with its NUL, if it is among the first `want` bytes.
template <class Memory, class Tree>
Bytes Walker<Memory, Tree>::request_text(std::uint64_t address, std::size_t want) {
  if (want == 0 || !may_request()) return {};
  ++pieces_;
  Bytes got = memory_.fetch_text(address, clip(want));
  if (got.size != 0) {
    const std::byte* from = memory_.at(got);
    if (const void* nul = std::memchr(from, 0, got.size); nul != nullptr)
      got.size = static_cast<std::size_t>(static_cast<const std::byte*>(nul) - from) + 1;
  }
  bytes_ += got.size;
  return got;
}

// ── pointers ──

/// Before the call only what goes in is there; after it, what the call wrote: if it succeeded, or with the one error
/// that the type names.
template <class Memory, class Tree>
bool Walker<Memory, Tree>::is_followed(const TypeNode& pointer) const {
  if ((pointer.flags & kIn) != 0) return true;
  if (pass_ == Pass::Entry || (pointer.flags & kOut) == 0) return false;
  if (pointer.c == kEvenIfFailed) return true;
  if (!call_.failed) return pointer.c == 0 || (pointer.c & kAlsoOnSuccess) != 0;
  return pointer.c != 0 && call_.failed_with(pointer.c & ~kAlsoOnSuccess);
}

template <class Memory, class Tree>
void Walker<Memory, Tree>::walk_pointer(const TypeNode& type, const Place& place, const Scope* scope) {
  if (!is_complete(place, width_of(type, place))) return;
  const std::uint64_t address = number_at(place, width_of(type, place));
  if (address == 0 || !is_followed(type)) return tree_.address(address);
  const TypeId pointee = resolve(type.a, scope);
  if (pointee == 0) return tree_.address(address);
  if (settings_.addresses && tables_.types[pointee].op != TypeOp::Text) return tree_.address(address);
  walk_pointee(type, pointee, address, scope);
}

template <class Memory, class Tree>
void Walker<Memory, Tree>::walk_pointee(const TypeNode& pointer, TypeId pointee, std::uint64_t address,
                                        const Scope* scope) {
  const TypeNode& target = tables_.types[pointee];
  const std::uint64_t available = pointer.b != 0 ? evaluate(pointer.b, scope) : kUnlimited;
  if (target.op == TypeOp::Text) return walk_text_at(target, address, scope, available);
  if (is_kind(target, Kind::SockoptValue)) return walk_text_at(kPlainBytes, address, scope, available);

  const bool is_brief = is_counted(target);
  const std::uint64_t want = std::min(extent(pointee, scope, available), available);
  const auto mark = tree_.mark();
  if (want == 0 && is_brief) return count_entries(target, Place::in_memory({}, address));
  if (available == 0 && (target.op == TypeOp::Records || is_kind(target, Kind::Dirents))) return tree_.close_list(mark);
  if (want == 0 && target.op == TypeOp::Array) {
    const bool is_empty = count_of(target, scope, available, 1) == 0;
    if (!is_empty && request(address, 1).size == 0) return tree_.address(address);  // -s 0 hides what is there only
    if (!is_empty) tree_.elided();
    return tree_.close_list(mark);
  }
  if (want == 0 && is_kind(target, Kind::Fdset) && call_.arg_value(0) == 0)
    return walk(pointee, Place::in_memory({}, address), scope);
  Bytes bytes = request(address, static_cast<std::size_t>(std::min<std::uint64_t>(want, kMaxPiece)));
  if (entry_ != nullptr && pointer.b != 0 && tables_.exprs[pointer.b].op == ExprOp::Deref)
    bytes = bytes.sub(0, static_cast<std::size_t>(std::min(entry_->evaluate(pointer.b, nullptr), kMaxPiece)));
  const bool may_be_short = target.op == TypeOp::Array || target.op == TypeOp::Records || target.op == TypeOp::Seq ||
                            target.op == TypeOp::Choice || target.op == TypeOp::If || want > kMaxPiece ||
                            (target.op == TypeOp::Struct && has_open_end(tables_.structs[target.a]));
  if (bytes.size == 0) return tree_.address(address);
  if (bytes.size < want && !may_be_short) {
    const std::uint64_t own = own_extent(target, bytes, scope);
    if (own == 0 || own > bytes.size) return tree_.address(address);
  }
  if (bytes.size < least_extent(target, scope, available)) return tree_.address(address);
  if (target.width != 0 && bytes.size < target.width) return tree_.blob(memory_.at(bytes), bytes.size);
  if (target.op == TypeOp::Choice && bytes.size < here_extent(tables_.choices[target.a].key))
    return tree_.address(address);

  const Place place = Place::in_memory(bytes, address);
  if (is_brief) return count_entries(target, place);
  const TypeId settled = settle(pointee, place, scope);
  if (settled != 0) walk(settled, place, scope);
  const std::size_t pushed = tree_.mark() - mark;
  if (pushed > 1 || (pushed == 1 && has_brackets(pointer, settled))) return tree_.close_list(mark);
  if (pushed == 0) tree_.address(address);
}

/// How long a struct is by what its own members say; 0 if they do not say it.
template <class Memory, class Tree>
std::uint64_t Walker<Memory, Tree>::own_extent(const TypeNode& type, Bytes bytes, const Scope* scope) {
  if (type.op != TypeOp::Struct) return 0;
  const StructNode& node = tables_.structs[type.a];
  if (node.sized == 0 || !needs_own_scope(node.sized)) return 0;
  const Scope own{.bytes = bytes, .outer = scope};
  return evaluate(node.sized, &own);
}

/// Of what may end early: how much has to be there for anything of it to be shown.
template <class Memory, class Tree>
std::uint64_t Walker<Memory, Tree>::least_extent(const TypeNode& type, const Scope* scope, std::uint64_t available) {
  if (type.op == TypeOp::Array) {
    const std::uint64_t element = extent(type.a, scope, available);
    return element < kMaxPiece && element <= available ? element : 0;
  }
  if (type.op != TypeOp::Struct || !has_open_end(tables_.structs[type.a])) return 0;
  const StructNode& node = tables_.structs[type.a];
  return tables_.fields[node.first_field + node.field_count - 1].offset;
}

/// [5]: a pointer to a scalar.
template <class Memory, class Tree>
bool Walker<Memory, Tree>::has_brackets(const TypeNode& pointer, TypeId pointee) const {
  const TypeNode& target = tables_.types[pointee];
  if ((pointer.flags & kBrackets) == 0) return false;
  if (target.op == TypeOp::Scalar) return !has_own_notation(static_cast<Kind>(target.kind));
  return target.op == TypeOp::Flags || target.op == TypeOp::Enum || target.op == TypeOp::Bits ||
         target.op == TypeOp::Pointer;
}

/// How many bytes of a type are worth reading, given that `available` are said to be there.
template <class Memory, class Tree>
std::uint64_t Walker<Memory, Tree>::extent(TypeId id, const Scope* scope, std::uint64_t available) {
  if (depth_ >= kMaxDepth || id == 0) return 0;
  const TypeNode& type = tables_.types[id];
  const std::uint64_t rest = available == kUnlimited ? 0 : available;
  switch (type.op) {
    case TypeOp::None:
      return 0;
    case TypeOp::Skip:
      return type.width;
    case TypeOp::Scalar:
      if (type.width != 0) return type.width;
      return scalar_extent(static_cast<Kind>(type.kind), call_.abi, call_.arg_value(0), rest);
    case TypeOp::Flags:
    case TypeOp::Enum:
    case TypeOp::Bits:
    case TypeOp::Pointer:
      return type.width != 0 ? type.width : word_size(call_.abi);
    case TypeOp::Text:
      return type.a != 0 && type.c == static_cast<std::uint32_t>(LengthMode::Given) ? evaluate(type.a, scope) : rest;
    case TypeOp::Array: {
      const std::uint64_t element = extent(type.a, scope, available);
      if (element == 0 || element >= kMaxPiece) return rest;
      return shown_of(count_of(type, scope, available, element)) * element;
    }
    case TypeOp::Struct: {
      const StructNode& node = tables_.structs[type.a];
      if (has_open_end(node) && rest != 0) return rest;
      if (node.sized == 0 || needs_own_scope(node.sized)) return node.size;
      const Scope own{.bytes = {}, .outer = scope};
      return std::min<std::uint64_t>(evaluate(node.sized, &own), std::uint64_t{node.size} + kMaxTail);
    }
    case TypeOp::Choice:
      return choice_extent(tables_.choices[type.a], scope, available);
    case TypeOp::If:
      if (here_extent(type.a) != 0) return std::max(extent(type.b, scope, available), extent(type.c, scope, available));
      return extent(evaluate(type.a, scope) != 0 ? type.b : type.c, scope, available);
    case TypeOp::Seq:
      return sequence_extent(type, scope, rest);
    case TypeOp::Records:
      return rest;
  }
  return 0;
}

/// The sum of the parts, unless one of them fills what is there.
template <class Memory, class Tree>
std::uint64_t Walker<Memory, Tree>::sequence_extent(const TypeNode& type, const Scope* scope, std::uint64_t rest) {
  std::uint64_t sum = 0;
  for (const TypeId id : tables_.type_lists.subspan(type.a, type.b)) {
    const std::uint64_t part = extent(id, scope, kUnlimited);
    if (part == 0) return rest;
    sum += part;
  }
  return sum;
}

/// True for a struct that ends in a flexible array: text whose length another member, an argument or the result says,
/// or elements behind what the struct is long by itself.
template <class Memory, class Tree>
bool Walker<Memory, Tree>::has_open_end(const StructNode& node) const {
  if (node.field_count == 0) return false;
  const FieldNode& field = tables_.fields[node.first_field + node.field_count - 1];
  const TypeNode& last = tables_.types[field.type];
  if (last.op == TypeOp::Array) return field.offset >= node.size;
  if (last.op != TypeOp::Text) return false;
  return length_mode(last) == LengthMode::Ret || (last.a != 0 && tables_.exprs[last.a].op != ExprOp::Constant);
}

/// True for a struct whose last member takes all that is there.
template <class Memory, class Tree>
bool Walker<Memory, Tree>::ends_in_records(const StructNode& node) const {
  if (node.field_count == 0) return false;
  return tables_.types[tables_.fields[node.first_field + node.field_count - 1].type].op == TypeOp::Records;
}

/// A choice that looks at the very bytes that it describes has to be read before it is made: as long as its longest
/// case.
template <class Memory, class Tree>
std::uint64_t Walker<Memory, Tree>::choice_extent(const ChoiceNode& choice, const Scope* scope,
                                                  std::uint64_t available) {
  if (here_extent(choice.key) == 0) return extent(choose(choice, scope, nullptr), scope, available);
  ++depth_;
  std::uint64_t longest = extent(choice.otherwise, scope, available);
  for (const ChoiceCase& c : tables_.cases.subspan(choice.first_case, choice.case_count))
    longest = std::max(longest, extent(c.type, scope, available));
  --depth_;
  return longest;
}

/// The bytes that walk_pointee reads of a pointee without variable parts; nothing is counted against the limits.
template <class Memory, class Tree>
Bytes Walker<Memory, Tree>::peek_pointee(const TypeNode& pointer, std::uint64_t address) {
  const TypeId pointee = resolve(pointer.a, nullptr);
  const std::uint64_t available = pointer.b != 0 ? evaluate(pointer.b, nullptr) : kUnlimited;
  const std::uint64_t want = std::min(extent(pointee, nullptr, available), available);
  return want == 0 ? Bytes{}
                   : memory_.fetch(address, static_cast<std::size_t>(std::min<std::uint64_t>(want, kMaxPiece)));
}

// ── text ──

/// In bytes; kUnlimited if only a NUL ends it.
template <class Memory, class Tree>
std::uint64_t Walker<Memory, Tree>::text_length(const TypeNode& type, const Scope* scope, std::uint64_t available) {
  std::uint64_t length = kUnlimited;
  switch (static_cast<LengthMode>(type.c)) {
    case LengthMode::Given:
      if (type.a != 0) length = evaluate(type.a, scope);
      break;
    case LengthMode::Ret:
      length = pass_ == Pass::Exit && call_.returned && call_.return_value > 0
                   ? static_cast<std::uint64_t>(call_.return_value)
                   : 0;
      break;
    case LengthMode::WithinRet:
      length = std::min(evaluate(type.a, scope), budget_of_ret_);
      budget_of_ret_ -= length;
      break;
    case LengthMode::Available:
      break;
  }
  return std::min(length, available);
}

template <class Memory, class Tree>
void Walker<Memory, Tree>::walk_text_at(const TypeNode& type, std::uint64_t address, const Scope* scope,
                                        std::uint64_t available) {
  const std::uint64_t length = text_length(type, scope, available);
  const auto at_most = [&](std::size_t n) { return static_cast<std::size_t>(std::min<std::uint64_t>(length, n)); };
  switch (static_cast<Kind>(type.kind)) {
    case Kind::Path:
      return walk_string(type, address, at_most(kPathMax), kPathMax);
    case Kind::Cstr:
    case Kind::Chars:
      return walk_string(type, address, at_most(settings_.string_limit + 1), settings_.string_limit);
    case Kind::Strs:
      return walk_string_vector(type, address);
    case Kind::Envs:
      return settings_.verbose ? walk_string_vector(type, address) : count_string_vector(address);
    default:
      return has_length(type) || available != kUnlimited ? walk_buffer(type, address, length) : tree_.address(address);
  }
}

/// Text up to a NUL: of at most `longest` bytes, of which `shown` are shown.
template <class Memory, class Tree>
void Walker<Memory, Tree>::walk_string(const TypeNode& type, std::uint64_t address, std::size_t longest,
                                       std::size_t shown) {
  std::size_t length = 0;
  bool terminated = false;
  tree_.begin_text();
  while (length < longest && !terminated) {
    // The page behind may not be there, and the string seldom needs it.
    const std::size_t to_page_end = kPageSize - (address + length) % kPageSize;
    const std::size_t want = std::min({longest - length, length == 0 ? kFirstStringRead : kPageSize, to_page_end});
    const Bytes piece = request_text(address + length, want);
    if (piece.size == 0) return tree_.address(address);
    const std::byte* from = memory_.at(piece);
    terminated = from[piece.size - 1] == std::byte{0};
    tree_.add_text(from, terminated ? piece.size - 1 : piece.size);
    length += piece.size;
    if (!terminated && piece.size < want) return tree_.address(address);
  }
  tree_.end_text(type, shown, terminated);
}

template <class Memory, class Tree>
void Walker<Memory, Tree>::walk_buffer(const TypeNode& type, std::uint64_t address, std::uint64_t length) {
  const auto shown = static_cast<std::size_t>(std::min<std::uint64_t>(length, settings_.string_limit));
  const std::size_t want = std::max<std::size_t>(shown, length != 0 ? 1 : 0);  // -s 0 hides what is there only
  const Bytes bytes = request(address, want);
  if (bytes.size < want) return tree_.address(address);
  tree_.buffer(type, memory_.at(bytes), shown, length > shown);
}

/// Text that lies within what was read already: a struct's char array, the end of a record.
template <class Memory, class Tree>
void Walker<Memory, Tree>::walk_text_inline(const TypeNode& type, const Place& place, const Scope* scope) {
  if constexpr (Tree::kBuilds) {
    const auto kind = static_cast<Kind>(type.kind);
    const auto length = static_cast<std::size_t>(text_length(type, scope, place.bytes.size));
    // A field of fixed size is shown whole; what a number measures or what fills the rest of a record may be long.
    const bool is_fixed = type.a != 0 && static_cast<LengthMode>(type.c) == LengthMode::Given &&
                          tables_.exprs[type.a].op == ExprOp::Constant;
    const std::size_t shown = is_fixed || kind == Kind::Path ? length : settings_.string_limit;
    if (kind == Kind::Bytes || kind == Kind::Blob)
      return tree_.buffer(type, memory_.at(place.bytes), std::min(length, shown), length > shown);
    const std::byte* from = memory_.at(place.bytes);
    const void* nul = length == 0 ? nullptr : std::memchr(from, 0, length);
    tree_.begin_text();
    tree_.add_text(from, nul == nullptr ? length : static_cast<std::size_t>(static_cast<const std::byte*>(nul) - from));
    tree_.end_text(type, shown, nul != nullptr);
  }
}

template <class Memory, class Tree>
void Walker<Memory, Tree>::walk_string_vector(const TypeNode& type, std::uint64_t address) {
  const unsigned width = word_size(call_.abi);
  const std::size_t limit = settings_.verbose ? kMaxElements : settings_.string_limit;
  const auto mark = tree_.mark();
  std::size_t index = 0;
  while (true) {
    const std::uint64_t from = address + index * width;
    const std::size_t to_page_end = std::max<std::size_t>(kPageSize - from % kPageSize, width);
    const Bytes batch = request(from, std::min<std::size_t>(64 * width, to_page_end));
    if (batch.size < width) {
      if (index == 0) return tree_.address(address);
      tree_.elided_at(from);
      return tree_.close_list(mark);
    }
    for (std::size_t at = 0; at + width <= batch.size; at += width, ++index) {
      const std::uint64_t text = load_number(memory_.at(batch.sub(at)), width);
      if (text == 0) return tree_.close_list(mark);
      if (index == limit || !spend_node()) {
        tree_.elided();
        return tree_.close_list(mark);
      }
      walk_string(type, text, settings_.string_limit + 1, settings_.string_limit);
    }
  }
}

template <class Memory, class Tree>
void Walker<Memory, Tree>::count_string_vector(std::uint64_t address) {
  const unsigned width = word_size(call_.abi);
  std::size_t count = 0;
  while (true) {
    const std::uint64_t from = address + count * width;
    const std::size_t to_page_end = std::max<std::size_t>(kPageSize - from % kPageSize, width);
    const Bytes batch = request(from, std::min<std::size_t>(64 * width, to_page_end));
    if (batch.size < width) return count == 0 ? tree_.address(address) : tree_.counted(address, count, "vars", false);
    for (std::size_t at = 0; at + width <= batch.size; at += width, ++count)
      if (load_number(memory_.at(batch.sub(at)), width) == 0) return tree_.counted(address, count, "vars", true);
  }
}

}  // namespace tether::decode
