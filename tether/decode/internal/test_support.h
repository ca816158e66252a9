#pragma once
// For tests of this room: tables made by hand, a tracee's memory made of arrays.

#include <cstring>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tether/decode/capture.h"
#include "tether/decode/decoder.h"
#include "tether/decode/internal/test_text.h"
#include "tether/decode/kind.h"
#include "tether/decode/tables.h"

namespace tether::decode::testing {

/// Writes Tables row by row. Every function returns the id of what it added.
class TableBuilder {
 public:
  TableBuilder() {
    types_.push_back({});
    exprs_.push_back({});
    strings_.push_back('\0');
  }

  StringId string(std::string_view text) {
    const auto id = static_cast<StringId>(strings_.size());
    strings_.append(text).push_back('\0');
    return id;
  }

  ExprId constant(std::uint64_t value) { return expr({.op = ExprOp::Constant, .value = value}); }
  ExprId arg_expr(std::uint32_t index) { return expr({.op = ExprOp::Arg, .a = index}); }
  ExprId field_expr(std::uint32_t offset, std::uint32_t width, std::uint8_t level = 0) {
    return expr({.op = ExprOp::Field, .level = level, .a = offset, .b = width});
  }
  ExprId expr(ExprNode node) {
    exprs_.push_back(node);
    return static_cast<ExprId>(exprs_.size() - 1);
  }

  TypeId type(TypeNode node) {
    types_.push_back(node);
    return static_cast<TypeId>(types_.size() - 1);
  }
  TypeId scalar(Kind kind, std::uint8_t width, std::uint32_t a = 0) {
    return type({.op = TypeOp::Scalar, .kind = static_cast<std::uint8_t>(kind), .width = width, .a = a});
  }
  TypeId text(Kind kind, LengthMode mode = LengthMode::Given, ExprId length = 0) {
    return type({.op = TypeOp::Text,
                 .kind = static_cast<std::uint8_t>(kind),
                 .a = length,
                 .c = static_cast<std::uint32_t>(mode)});
  }
  TypeId pointer(TypeId to, std::uint8_t flags, ExprId sized = 0) {
    std::uint8_t all = static_cast<std::uint8_t>(flags | kReadsMemory | kBrackets);
    if ((flags & kOut) != 0 || (types_[to].flags & kNeedsExit) != 0) all |= kNeedsExit;
    return type({.op = TypeOp::Pointer, .width = 8, .flags = all, .a = to, .b = sized});
  }
  TypeId array(TypeId element, LengthMode mode, ExprId count = 0) {
    return type({.op = TypeOp::Array,
                 .flags = types_[element].flags,
                 .a = element,
                 .b = count,
                 .c = static_cast<std::uint32_t>(mode)});
  }

  SetId set(bool sorted, std::string_view tag,
            std::initializer_list<std::pair<std::string_view, std::uint64_t>> names) {
    SetNode node{.first = static_cast<std::uint32_t>(set_entries_.size()),
                 .count = static_cast<std::uint32_t>(names.size()),
                 .tag = string(tag),
                 .sorted = sorted};
    for (const auto& [name, value] : names) set_entries_.push_back({value, string(name)});
    sets_.push_back(node);
    return static_cast<SetId>(sets_.size() - 1);
  }
  TypeId flags_of(SetId set, std::uint8_t width = 4) { return type({.op = TypeOp::Flags, .width = width, .a = set}); }
  TypeId enum_of(SetId set, std::uint8_t width = 4) { return type({.op = TypeOp::Enum, .width = width, .a = set}); }
  TypeId bits_of(std::initializer_list<BitsPart> parts, std::uint8_t width = 4) {
    bits_.push_back({static_cast<std::uint32_t>(parts_.size()), static_cast<std::uint32_t>(parts.size())});
    parts_.insert(parts_.end(), parts);
    return type({.op = TypeOp::Bits, .width = width, .a = static_cast<std::uint32_t>(bits_.size() - 1)});
  }

  struct Field {
    std::string_view label;
    std::uint32_t offset;
    TypeId type;
    ExprId condition = 0;
    bool only_verbose = false;
  };
  TypeId structure(std::string_view name, std::uint32_t size, std::initializer_list<Field> fields, ExprId sized = 0) {
    StructNode node{.name = string(name),
                    .first_field = static_cast<std::uint32_t>(fields_.size()),
                    .field_count = static_cast<std::uint32_t>(fields.size()),
                    .size = size,
                    .sized = sized};
    std::uint8_t flags = 0;
    for (const Field& field : fields) {
      fields_.push_back({.label = string(field.label),
                         .offset = field.offset,
                         .type = field.type,
                         .condition = field.condition,
                         .only_verbose = field.only_verbose});
      flags = static_cast<std::uint8_t>(flags | (types_[field.type].flags & (kNeedsExit | kReadsMemory)));
    }
    structs_.push_back(node);
    return type({.op = TypeOp::Struct, .flags = flags, .a = static_cast<std::uint32_t>(structs_.size() - 1)});
  }

  TypeId choice(ExprId key, ExprId second, std::initializer_list<ChoiceCase> cases, TypeId otherwise) {
    choices_.push_back({.key = key,
                        .second_key = second,
                        .first_case = static_cast<std::uint32_t>(cases_.size()),
                        .case_count = static_cast<std::uint32_t>(cases.size()),
                        .otherwise = otherwise});
    std::uint8_t flags = types_[otherwise].flags & (kNeedsExit | kReadsMemory);
    for (const ChoiceCase& c : cases) {
      cases_.push_back(c);
      flags = static_cast<std::uint8_t>(flags | (types_[c.type].flags & (kNeedsExit | kReadsMemory)));
    }
    return type({.op = TypeOp::Choice, .flags = flags, .a = static_cast<std::uint32_t>(choices_.size() - 1)});
  }

  TypeId records(RecordsNode node) {
    records_.push_back(node);
    return type({.op = TypeOp::Records,
                 .flags = types_[node.body].flags,
                 .a = static_cast<std::uint32_t>(records_.size() - 1)});
  }
  TypeId sequence(std::initializer_list<TypeId> parts) {
    const auto first = static_cast<std::uint32_t>(type_lists_.size());
    type_lists_.insert(type_lists_.end(), parts);
    return type({.op = TypeOp::Seq, .a = first, .b = static_cast<std::uint32_t>(parts.size())});
  }

  void named(std::string_view name, TypeId id) { named_.push_back({string(name), id}); }
  void ioctl(std::uint64_t code, std::string_view name, TypeId id) { ioctls_.push_back({code, string(name), id}); }
  void sockopt(std::uint64_t level, std::uint64_t option, std::string_view name, TypeId id) {
    sockopts_.push_back({level, option, string(name), id});
  }

  struct Arg {
    std::string_view label;
    TypeId type;
    std::uint8_t cast_width = 8;
    bool cast_signed = false;
  };
  CallNode& call(std::uint32_t number, std::string_view name, std::initializer_list<Arg> args, TypeId ret = 0) {
    if (calls_.size() <= number) calls_.resize(number + 1);
    calls_[number] = {.name = string(name),
                      .first_arg = add_args(args, 0),
                      .arg_count = static_cast<std::uint8_t>(args.size()),
                      .flags = kIsDescribed,
                      .ret = ret};
    return calls_[number];
  }
  /// Adds to the call's variants, in ascending order of keys; the last one added is its `else`.
  void variant(std::uint32_t number, std::uint64_t key, std::initializer_list<Arg> args, TypeId ret = 0) {
    CallNode& node = calls_[number];
    if (last_variant_of_ != number) node.first_variant = static_cast<std::uint32_t>(variants_.size());
    last_variant_of_ = number;
    node.variant_count = static_cast<std::uint32_t>(variants_.size()) - node.first_variant;
    variants_.push_back({.key = key,
                         .first_arg = add_args(args, node.arg_count),
                         .arg_count = static_cast<std::uint8_t>(args.size()),
                         .ret = ret});
  }

  const Tables& build() {
    tables_ = {.strings = strings_,
               .calls = calls_,
               .variants = variants_,
               .args = args_,
               .types = types_,
               .type_lists = type_lists_,
               .exprs = exprs_,
               .structs = structs_,
               .fields = fields_,
               .choices = choices_,
               .cases = cases_,
               .records = records_,
               .sets = sets_,
               .set_entries = set_entries_,
               .bits = bits_,
               .bits_parts = parts_,
               .ioctls = ioctls_,
               .sockopts = sockopts_,
               .named_types = named_};
    return tables_;
  }
  TableSet table_set() {
    const Tables& t = build();
    return {{&t, &t}};
  }

 private:
  std::uint32_t add_args(std::initializer_list<Arg> args, std::uint8_t reg) {
    const auto first = static_cast<std::uint32_t>(args_.size());
    for (const Arg& arg : args)
      args_.push_back({.label = string(arg.label),
                       .type = arg.type,
                       .reg = reg++,
                       .cast_width = arg.cast_width,
                       .cast_signed = arg.cast_signed});
    return first;
  }

  std::string strings_;
  std::vector<CallNode> calls_;
  std::vector<CallVariant> variants_;
  std::vector<ArgNode> args_;
  std::vector<TypeNode> types_;
  std::vector<TypeId> type_lists_;
  std::vector<ExprNode> exprs_;
  std::vector<StructNode> structs_;
  std::vector<FieldNode> fields_;
  std::vector<ChoiceNode> choices_;
  std::vector<ChoiceCase> cases_;
  std::vector<RecordsNode> records_;
  std::vector<SetNode> sets_;
  std::vector<SetEntry> set_entries_;
  std::vector<BitsNode> bits_;
  std::vector<BitsPart> parts_;
  std::vector<IoctlNode> ioctls_;
  std::vector<SockoptNode> sockopts_;
  std::vector<NamedTypeNode> named_;
  std::uint32_t last_variant_of_ = ~0u;
  Tables tables_;
};

/// A tracee's memory: runs of bytes with holes between them. Counts what is read.
class ArrayMemory : public CaptureSource {
 public:
  void put(std::uint64_t address, std::string_view bytes) { runs_[address].assign(bytes); }
  template <class T>
  void put_object(std::uint64_t address, const T& object) {
    put(address, {reinterpret_cast<const char*>(&object), sizeof object});
  }
  void set_fd(std::int32_t fd, std::string_view path, std::string_view protocol = {}, std::string_view details = {}) {
    fds_[fd] = {std::string(path), std::string(protocol)};
    details_[fd] = details;
  }

  std::size_t read_some(RemoteAddr addr, std::span<std::byte> out) override {
    ++reads;
    bytes += out.size();
    auto run = runs_.upper_bound(addr.value);
    if (run == runs_.begin()) return 0;
    --run;
    const std::uint64_t skipped = addr.value - run->first;
    if (skipped >= run->second.size()) return 0;
    const std::size_t n = std::min<std::size_t>(out.size(), run->second.size() - skipped);
    std::memcpy(out.data(), run->second.data() + skipped, n);
    return n;
  }
  std::size_t read_fd_link(Fd fd, std::span<char> out) override { return copy(fds_[fd.value].first, out); }
  std::size_t read_fd_protocol(Fd fd, std::span<char> out) override { return copy(fds_[fd.value].second, out); }
  std::size_t read_fd_details(Fd fd, std::string_view, std::span<char> out) override {
    return copy(details_[fd.value], out);
  }
  std::size_t read_interface_name(std::uint32_t index, std::span<char> out) override {
    return copy(index == 1 ? "lo" : "", out);
  }
  std::size_t read_process_name(Pid pid, std::span<char> out) override {
    return copy(pid.value == 1 ? "init" : "", out);
  }

  std::size_t reads = 0;
  std::size_t bytes = 0;  ///< asked for

 private:
  static std::size_t copy(std::string_view text, std::span<char> out) {
    const std::size_t n = std::min(text.size(), out.size());
    std::memcpy(out.data(), text.data(), n);
    return n;
  }
  std::map<std::uint64_t, std::string> runs_;
  std::map<std::int32_t, std::pair<std::string, std::string>> fds_;
  std::map<std::int32_t, std::string> details_;
};

/// Captures and decodes calls in one go.
class Harness {
 public:
  explicit Harness(TableSet tables, const DecodeOptions& options = {})
      : capturer_(options, tables), decoder_(options, tables) {}

  ArrayMemory memory;                     ///< at the entry
  ArrayMemory* memory_at_exit = nullptr;  ///< null: the same
  Abi abi = Abi::X86_64;
  std::uint64_t stack_pointer = 0;

  void run(std::uint64_t nr, std::initializer_list<std::uint64_t> args, std::int64_t result);
  void enter(std::uint64_t nr, std::initializer_list<std::uint64_t> args);
  void leave(std::int64_t result);

  RawEventView entry() { return RawEventView(entry_.finish()); }
  RawEventView exit() { return RawEventView(exit_.finish()); }
  Decoder& decoder() { return decoder_; }
  Arena& arena() { return arena_; }

  /// The whole call as text.
  std::string text(std::uint64_t nr, std::initializer_list<std::uint64_t> args, std::int64_t result) {
    run(nr, args, result);
    arena_.clear();
    return to_text(std::get<SyscallEvent>(decoder_.whole(entry(), exit(), arena_).what));
  }

 private:
  Capturer capturer_;
  Decoder decoder_;
  Arena arena_;
  RawSyscallEntry raw_;
  RawEventBuilder entry_;
  RawEventBuilder exit_;
};

inline void Harness::run(std::uint64_t nr, std::initializer_list<std::uint64_t> args, std::int64_t result) {
  enter(nr, args);
  leave(result);
}

inline void Harness::enter(std::uint64_t nr, std::initializer_list<std::uint64_t> args) {
  raw_ = {.nr = nr, .stack_pointer = stack_pointer};
  std::size_t i = 0;
  for (const std::uint64_t arg : args) raw_.args[i++] = arg;
  entry_.begin(RawKind::SyscallEntry, abi, Tid(2), Pid(1), 100);
  entry_.set_payload(raw_);
  capturer_.capture_entry(abi, raw_, memory, entry_);
}

inline void Harness::leave(std::int64_t result) {
  const RawSyscallExit raw{.return_value = result, .is_error = result < 0 && result > -4096 ? 1u : 0u};
  exit_.begin(RawKind::SyscallExit, abi, Tid(2), Pid(1), 200);
  exit_.set_payload(raw);
  capturer_.capture_exit(abi, raw_, raw, memory_at_exit != nullptr ? *memory_at_exit : memory, exit_);
}

}  // namespace tether::decode::testing
