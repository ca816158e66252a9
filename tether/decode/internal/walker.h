#pragma once
// Walker: the one interpreter of the tables. It follows a call's types through registers and memory.
//
// It is instantiated twice. Walker<CaptureMemory, NoTree> runs while the tracee is stopped: its memory reads the tracee
// and writes down what it read, and it builds nothing. Walker<ReplayMemory, ValueTree> runs later: its memory is what
// was written down, and it builds Values. Both are the same code, so both ask for the same memory in the same order:
// that, and not a second list of what to copy, is why decoding never lacks anything. Whatever decides what is read
// (lengths, choices, conditions, limits) must therefore depend on nothing but registers, captured bytes and the
// options.
//
// A walk pushes what it finds to the tree: one value, or none for what a condition leaves out (a Seq pushes its parts).
// Limits (limits.h) hold per Walker, that is per record.

#include "tether/decode/internal/bytes.h"
#include "tether/decode/internal/call_view.h"
#include "tether/decode/internal/limits.h"
#include "tether/decode/internal/type_survey.h"
#include "tether/decode/kind.h"
#include "tether/decode/tables.h"

namespace tether::decode {

struct WalkSettings {
  std::size_t string_limit = 32;
  bool verbose = false;
  bool fd_paths = false;
  bool pid_names = false;
  bool addresses = false;       ///< follow pointers to text only
  TypeSurvey* types = nullptr;  ///< capture: what is to be read of them
};

/// An enclosing struct, as expressions see it (tables.h: Scopes).
struct Scope {
  Bytes bytes{};
  const Scope* outer = nullptr;
};

/// Where a value lies: in a register (its number is known) or in captured memory.
struct Place {
  Bytes bytes{};              ///< from its first byte to the end of what is available
  std::uint64_t address = 0;  ///< of bytes
  std::uint64_t number = 0;   ///< in a register
  std::uint8_t width = 0;     ///< of the register as C sees it; 0: in memory

  static Place in_register(std::uint64_t number, unsigned width) {
    return {.number = number, .width = static_cast<std::uint8_t>(width)};
  }
  static Place in_memory(Bytes bytes, std::uint64_t address) { return {.bytes = bytes, .address = address}; }
  bool is_register() const { return width != 0; }

  Place sub(std::size_t offset) const { return {.bytes = bytes.sub(offset), .address = address + offset}; }
};

template <class Memory, class Tree>
class Walker {
 public:
  Walker(const CallView& call, const WalkSettings& settings, Pass pass, Memory& memory, Tree& tree)
      : tables_(*call.tables), call_(call), settings_(settings), pass_(pass), memory_(memory), tree_(tree) {
    if (call.returned && !call.failed && call.return_value > 0)
      budget_of_ret_ = static_cast<std::uint64_t>(call.return_value);
  }

  // ── what a call is made of ──

  /// The variant of the call that its registers choose, null if it has none.
  const CallVariant* choose_variant();

  /// The type of an argument with every choice made that needs no memory of its own: conditions, choices, the types
  /// that an ioctl request or socket option gives. 0: this argument is left out.
  TypeId resolve(TypeId type, const Scope* scope);

  /// True if the (resolved) type has to wait for the call's end.
  bool needs_exit(TypeId type) const { return (tables_.types[type].flags & kNeedsExit) != 0; }

  /// Walks an argument as seen in this pass.
  void walk_argument(std::size_t index, TypeId resolved) {
    walk(resolved, Place::in_register(call_.arg_value(index), call_.arg(index).cast_width), nullptr);
  }

  /// Walks what the call returned.
  void walk_result() {
    walk(call_.result_type(), Place::in_register(static_cast<std::uint64_t>(call_.return_value), 8), nullptr);
  }

  /// In the exit pass of an `inout` pointer: of its pointee show only what the call wrote through further pointers.
  void show_only_outputs(bool only) { only_outputs_ = only; }

  /// In the exit pass: what a length was before the call, so that of an output cut to its buffer no more is shown than
  /// the kernel wrote: getsockname(2) returns the length that it would have needed.
  void know_entry(Walker& entry) { entry_ = &entry; }

  /// The bytes that a pointer's walk would have read, without counting them.
  Bytes peek_pointee(const TypeNode& pointer, std::uint64_t address);

  // ── types (walker_types.h) ──

  void walk(TypeId type, const Place& place, const Scope* scope);

  std::uint64_t evaluate(ExprId expression, const Scope* scope, const Place* here = nullptr);

 private:
  static constexpr std::uint64_t kUnlimited = ~std::uint64_t{0};

  std::uint64_t evaluate_field(const ExprNode& node, const Scope* scope) const;
  std::uint64_t evaluate_host_query(const ExprNode& node, const Scope* scope);
  std::size_t here_extent(ExprId expression) const;
  bool needs_own_scope(ExprId expression) const;

  std::uint64_t number_at(const Place& place, unsigned width) const {
    if (place.is_register()) return zero_extend(place.number, width == 0 ? place.width : width);
    return place.bytes.size >= width ? load_number(memory_.at(place.bytes), width) : 0;
  }
  /// False for what a short struct or record no longer holds: it is left out.
  static bool is_complete(const Place& place, unsigned width) {
    return place.is_register() || place.bytes.size >= width;
  }
  unsigned width_of(const TypeNode& type, const Place& place) const {
    if (type.width != 0) return type.width;
    return place.is_register() ? place.width : word_size(call_.abi);
  }

  TypeId settle(TypeId type, const Place& place, const Scope* scope);
  TypeId choose(const ChoiceNode& choice, const Scope* scope, const Place* here);
  void walk_scalar(TypeId id, const Place& place, const Scope* scope);
  std::int32_t named_pid(Kind kind, std::uint64_t number, const Place& place) const;
  void note_fd_set(const Place& place);
  void walk_symbols(const TypeNode& type, const Place& place);
  void walk_container(const TypeNode& type, const Place& place, const Scope* scope);

  // ── pointers and text (walker_pointers.h) ──

  Bytes request(std::uint64_t address, std::size_t want);
  Bytes request_text(std::uint64_t address, std::size_t want);
  bool may_request() const { return pieces_ < kMaxCapturedPieces && bytes_ < kMaxCapturedBytes; }
  std::size_t clip(std::size_t want) const;

  bool is_followed(const TypeNode& pointer) const;
  void walk_pointer(const TypeNode& type, const Place& place, const Scope* scope);
  void walk_pointee(const TypeNode& pointer, TypeId pointee, std::uint64_t address, const Scope* scope);
  std::uint64_t extent(TypeId type, const Scope* scope, std::uint64_t available);
  std::uint64_t choice_extent(const ChoiceNode& choice, const Scope* scope, std::uint64_t available);
  std::uint64_t text_length(const TypeNode& type, const Scope* scope, std::uint64_t available);
  std::uint64_t sequence_extent(const TypeNode& type, const Scope* scope, std::uint64_t rest);
  bool has_open_end(const StructNode& node) const;
  std::uint64_t own_extent(const TypeNode& type, Bytes bytes, const Scope* scope);
  bool ends_in_records(const StructNode& node) const;
  std::uint64_t least_extent(const TypeNode& type, const Scope* scope, std::uint64_t available);
  bool has_brackets(const TypeNode& pointer, TypeId pointee) const;

  void walk_text_at(const TypeNode& type, std::uint64_t address, const Scope* scope, std::uint64_t available);
  void walk_text_inline(const TypeNode& type, const Place& place, const Scope* scope);
  void walk_string(const TypeNode& type, std::uint64_t address, std::size_t longest, std::size_t shown);
  void walk_buffer(const TypeNode& type, std::uint64_t address, std::uint64_t length);
  void walk_string_vector(const TypeNode& type, std::uint64_t address);
  void count_string_vector(std::uint64_t address);

  // ── containers (walker_containers.h) ──

  void walk_struct(const StructNode& node, const Place& place, const Scope* scope);
  void walk_field(const FieldNode& field, const FieldNode* next, const Place& whole, const Scope& scope);
  bool is_zero(const FieldNode& field, const FieldNode* next, const Place& place) const;
  void add_fraction(std::size_t mark, const FieldNode& next, const Place& whole);
  void walk_array(const TypeNode& type, const Place& place, const Scope* scope);
  void walk_sequence(const TypeNode& type, const Place& place, const Scope* scope);
  void walk_records(const RecordsNode& node, const Place& place, const Scope* scope);
  void add_tail(Bytes tail, std::size_t offset);
  bool is_last_record(const RecordsNode& node, const Place& at) const;
  std::uint64_t record_length(const RecordsNode& node, const Place& at) const;
  void walk_record(const RecordsNode& node, const Place& place, const Scope* scope);
  bool is_apart(const RecordsNode& node) const;
  bool is_counted(const TypeNode& type) const;
  void count_entries(const TypeNode& type, const Place& place);
  std::size_t count_records(const RecordsNode& node, const Place& place) const;
  std::uint64_t count_of(const TypeNode& array, const Scope* scope, std::uint64_t available, std::uint64_t element);
  std::uint64_t shown_of(std::uint64_t count) const;

  bool spend_node() { return nodes_ < kMaxNodes && ++nodes_ != 0; }

  const Tables& tables_;
  const CallView& call_;
  const WalkSettings& settings_;
  Pass pass_;
  Memory& memory_;
  Tree& tree_;

  bool only_outputs_ = false;
  Walker* entry_ = nullptr;
  unsigned depth_ = 0;
  std::size_t pieces_ = 0;
  std::size_t bytes_ = 0;
  std::size_t nodes_ = 0;
  std::uint64_t budget_of_ret_ = 0;  ///< for LengthMode::WithinRet
};

}  // namespace tether::decode

#include "tether/decode/internal/walker_containers.h"
#include "tether/decode/internal/walker_pointers.h"
#include "tether/decode/internal/walker_types.h"
