// Decoder: one call's arguments, each walked in the pass in which it means something, and its result.

#include "tether/decode/decoder.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "tether/decode/internal/argument_time.h"
#include "tether/decode/internal/data_call.h"
#include "tether/decode/internal/irregular.h"
#include "tether/decode/internal/other_events.h"
#include "tether/decode/internal/replay_memory.h"
#include "tether/decode/internal/result_notes.h"
#include "tether/decode/internal/settings.h"
#include "tether/decode/internal/value_tree.h"
#include "tether/decode/internal/walker.h"

namespace tether::decode {
namespace {

using DecodeWalker = Walker<ReplayMemory, ValueTree>;

constexpr std::int32_t kFirstRestart = 512;  // ERESTARTSYS … ERESTART_RESTARTBLOCK (include/linux/errno.h)
constexpr std::int32_t kLastRestart = 516;

/// A call while it is being decoded.
struct Decoding {
  CallView& call;
  DecodeWalker& before;  ///< over the entry's record
  DecodeWalker& after;   ///< over the exit's
  ReplayMemory& memory_before;
  ReplayMemory& memory_after;
  ValueTree& tree;

  const Tables& tables() const { return *call.tables; }
};

bool same_bytes(const ReplayMemory& a, Bytes in_a, const ReplayMemory& b, Bytes in_b) {
  return in_a.size == in_b.size && std::equal(a.at(in_a), a.at(in_a) + in_a.size, b.at(in_b));
}

/// before => after of an `inout` pointer; only what it was before, if nothing changed or the call failed.
void walk_change(Decoding& d, std::size_t index, TypeId type) {
  const auto mark = d.tree.mark();
  d.before.walk_argument(index, type);
  const TypeNode& pointer = d.tables().types[type];
  const std::uint64_t address = d.call.arg_value(index);
  if (!d.call.returned || d.call.failed || address == 0) return;
  const bool only_outputs = shows_only_outputs(d.tables(), pointer.a);
  const Bytes was = d.before.peek_pointee(pointer, address);
  const Bytes is = d.after.peek_pointee(pointer, address);
  d.after.show_only_outputs(only_outputs);
  d.after.walk_argument(index, type);
  d.after.show_only_outputs(false);
  std::vector<Value>& values = d.tree.values();
  const Value after = values.back();
  const Value before = values[mark];
  if (before.kind == ValueKind::Address) {  // it was not readable then
    values.resize(mark);
    return d.tree.push(after);
  }
  const bool says_nothing = after.kind == ValueKind::Address || (after.kind == ValueKind::Record && after.count == 0);
  if (says_nothing || (!only_outputs && same_bytes(d.memory_before, was, d.memory_after, is))) {
    values.resize(mark + 1);
    return;
  }
  if (before.kind == ValueKind::List && after.kind == ValueKind::List && before.count == 1 && after.count == 1) {
    values.resize(mark);  // [16 => 28]: the brackets hold the change
    d.tree.push(before.children()[0]);
    d.tree.push(after.children()[0]);
    d.tree.close_change();
    return d.tree.close_list(mark);
  }
  d.tree.close_change();
}

/// Pushes the arguments; with `only_before`, up to the first that needs the exit. True if there are more.
bool walk_arguments(Decoding& d, bool only_before) {
  for (std::size_t i = 0; i < d.call.arg_count(); ++i) {
    const ArgNode& arg = d.call.arg(i);
    const auto mark = d.tree.mark();
    const TypeId type = d.before.resolve(arg.type, nullptr);
    if (type == 0 && arg.type != 0) continue;
    const ArgumentTime time = time_of(d.tables(), type);
    if (only_before && time != ArgumentTime::Entry) return true;
    if (time == ArgumentTime::Change) {
      walk_change(d, i, type);
    } else if (time == ArgumentTime::Exit && d.call.returned) {
      d.after.walk_argument(i, type);
    } else {
      d.before.walk_argument(i, type);
    }
    d.tree.label(mark, d.tables().string(arg.label));
    if (arg.is_labelled && d.tree.mark() > mark) d.tree.values()[mark].names_itself = true;
  }
  return false;
}

/// The result as an error, if it is one.
void decode_failure(const CallView& call, SyscallResult& result) {
  result.error = Errno(static_cast<std::int32_t>(call.error()));
  const bool is_restart = result.error.value >= kFirstRestart && result.error.value <= kLastRestart;
  result.kind = is_restart ? SyscallResult::Kind::Restart : SyscallResult::Kind::Failed;
  result.value = -1;
  result.error_name = errno_name(result.error);
  result.error_text = errno_text(result.error);
}

/// True for return types of which a plain signed number says all.
bool is_plain(const TypeNode& type) {
  if (type.op != TypeOp::Scalar) return false;
  switch (static_cast<Kind>(type.kind)) {
    case Kind::Int:
    case Kind::Long:
    case Kind::Size:
    case Kind::Loff:
    case Kind::Never:
    case Kind::S32:
    case Kind::S64:
      return true;
    default:
      return false;
  }
}

SyscallResult decode_result(Decoding& d, std::size_t most_elements, Arena& arena) {
  SyscallResult result;
  if (!d.call.returned) {
    result.kind = SyscallResult::Kind::Never;
    return result;
  }
  if (d.call.failed) {
    decode_failure(d.call, result);
    return result;
  }
  result.value = d.call.return_value;
  const TypeId type = d.after.resolve(d.call.result_type(), nullptr);
  if (type != 0 && !is_plain(d.tables().types[type])) {
    const auto mark = d.tree.mark();
    d.after.walk_result();
    if (d.tree.mark() > mark) result.decoded = arena.make(d.tree.values().back());
  }
  if (d.call.node->result_note == 0 && result.decoded != nullptr && result.decoded->kind == ValueKind::Symbols) {
    const TypeOp op = d.tables().types[type].op;
    const bool is_mask = op == TypeOp::Flags || op == TypeOp::Bits;
    result.note = names_note(*result.decoded, arena);
    result.decoded = is_mask ? arena.make(integer(result.decoded->number, NumberStyle::Hex)) : nullptr;
  }
  if (d.call.node->result_note != 0) {
    result.note = make_note(d.call, d.memory_after, most_elements, result.decoded, arena);
    // fcntl's names are in the note; the result itself is the number that they make up.
    if (result.decoded != nullptr && result.decoded->kind == ValueKind::Symbols)
      result.decoded = arena.make(integer(result.decoded->number, result.decoded->style));
  }
  return result;
}

/// How many registers the call's prototype takes: those of its longest variant.
std::size_t register_count(const CallView& call) {
  std::size_t count = 0;
  const auto add = [&](std::uint32_t first, std::size_t args) {
    for (const ArgNode& arg : call.tables->args.subspan(first, args))
      count = std::max<std::size_t>(count, arg.reg + (call.abi == Abi::I386 && arg.cast_width == 8 ? 2u : 1u));
  };
  add(call.node->first_arg, call.node->arg_count);
  if (call.node->variant_key != 0)
    for (const CallVariant& v : call.tables->variants.subspan(call.node->first_variant, call.node->variant_count + 1))
      add(v.first_arg, v.arg_count);
  return std::min<std::size_t>(count, 6);
}

/// -e raw=, and calls that the tables do not know: the registers as they are.
void push_registers(const CallView& call, std::size_t count, ValueTree& tree) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto mark = tree.mark();
    tree.hex(zero_extend(call.registers[i], word_size(call.abi)));
    for (std::size_t arg = 0; arg < call.arg_count(); ++arg)
      if (call.arg(arg).reg == i) tree.label(mark, call.tables->string(call.arg(arg).label));
  }
}

/// What -e raw= says of a result: its number, or the error.
SyscallResult raw_result(const CallView& call, Arena& arena) {
  SyscallResult result;
  if (!call.returned) {
    result.kind = SyscallResult::Kind::Never;
  } else if (call.failed) {
    decode_failure(call, result);
  } else {
    result.value = call.return_value;
    result.decoded = arena.make(integer(static_cast<std::uint64_t>(call.return_value), NumberStyle::Hex));
  }
  return result;
}

std::span<const Value> keep(Arena& arena, std::span<const Value> values) {
  const auto kept = arena.make_array<Value>(values.size());
  std::ranges::copy(values, kept.begin());
  return kept;
}

/// A name for a number that has none: syscall_0x1d9.
std::string_view nameless(Arena& arena, std::uint64_t number) {
  std::array<char, 32> text;
  constexpr std::string_view kPrefix = "syscall_0x";
  std::ranges::copy(kPrefix, text.begin());
  const auto end = std::to_chars(text.data() + kPrefix.size(), text.data() + text.size(), number, 16).ptr;
  return arena.copy({text.data(), static_cast<std::size_t>(end - text.data())});
}

}  // namespace

class Decoder::Impl {
 public:
  Impl(const DecodeOptions& options, TableSet tables) : options_(options), tables_(tables) {
    if (options_.fd_details) options_.fd_paths = true;
    for (std::size_t abi = 0; abi < irregular_.size(); ++abi) {
      if (tables_.by_abi[abi] == nullptr) continue;
      const Tables& t = *tables_.by_abi[abi];
      irregular_[abi].resize(t.calls.size());
      for (std::uint32_t nr = 0; nr < t.calls.size(); ++nr)
        if (t.calls[nr].name != 0) irregular_[abi][nr] = find_irregular(t, nr);
    }
  }

  Event decode(RawEventView entry, const RawEventView* exit, Arena& arena, Phase phase, std::size_t first_arg) {
    const RawHeader header = entry.header();
    const auto raw = entry.payload<RawSyscallEntry>();
    Event event{.origin = origin_of(exit != nullptr ? *exit : entry), .what = SyscallEvent{}};
    auto& call = std::get<SyscallEvent>(event.what);
    call.phase = phase;
    call.nr = {.abi = header.abi, .number = static_cast<std::uint32_t>(raw.nr)};
    call.instruction_pointer = raw.instruction_pointer;
    if (phase != Phase::Enter) call.entry_time_ns = header.time_ns;
    if (phase == Phase::Exit) call.first_arg = static_cast<std::uint8_t>(first_arg);
    if (exit != nullptr) call.cpu_time_ns = exit->payload<RawSyscallExit>().cpu_time_ns;
    decode_call(entry, exit, raw, arena, first_arg, call);
    return event;
  }

  SyscallNr call_of(RawEventView entry) {
    const auto raw = entry.payload<RawSyscallEntry>();
    SyscallNr call{.abi = entry.header().abi, .number = static_cast<std::uint32_t>(raw.nr)};
    const Tables& tables = tables_.of(call.abi);
    if (!tables.has_call(raw.nr) || options_.raw.contains(call)) return call;
    CallRegisters registers;
    std::copy(std::begin(raw.args), std::end(raw.args), registers.args.begin());
    ReplayMemory memory(entry);
    const Irregular irregular = irregular_[static_cast<std::size_t>(call.abi)][call.number];
    call.number = redirect(irregular, tables, call.number, registers, memory);
    return call;
  }

  Event other(RawEventView record, Arena& arena) {
    return decode_other(tables_.of(record.header().abi), record, arena);
  }

 private:
  void decode_call(RawEventView entry, const RawEventView* exit, const RawSyscallEntry& raw, Arena& arena,
                   std::size_t first_arg, SyscallEvent& event) {
    static constexpr CallNode kNameless{};
    const Tables& tables = tables_.of(event.nr.abi);
    const bool is_known = tables.has_call(raw.nr);
    ReplayMemory memory_before(entry);
    ReplayMemory memory_after(exit != nullptr ? *exit : entry);
    ValueTree tree(tables, event.nr.abi, arena, storage_);
    CallRegisters registers;
    std::copy(std::begin(raw.args), std::end(raw.args), registers.args.begin());
    std::uint32_t number = event.nr.number;
    Irregular irregular = is_known ? irregular_[static_cast<std::size_t>(event.nr.abi)][number] : Irregular::None;
    const bool is_raw = options_.raw.contains(event.nr);
    if (is_known && !is_raw) {
      number = redirect(irregular, tables, number, registers, memory_before);
      irregular = irregular_[static_cast<std::size_t>(event.nr.abi)][number];
    }
    CallView call{.tables = &tables,
                  .abi = event.nr.abi,
                  .node = is_known ? &tables.calls[number] : &kNameless,
                  .registers = registers.args.data()};
    if (exit != nullptr) call.set_result(exit->payload<RawSyscallExit>());
    correct_result(number, registers, memory_after, call);
    const WalkSettings settings = settings_for(options_, event.nr, nullptr);
    DecodeWalker before(call, settings, Pass::Entry, memory_before, tree);
    DecodeWalker after(call, settings, Pass::Exit, memory_after, tree);
    after.know_entry(before);
    call.variant = before.choose_variant();
    Decoding decoding{call, before, after, memory_before, memory_after, tree};

    event.name = is_known ? tables.string(call.node->name) : nameless(arena, raw.nr);
    event.classes = call.node->classes;
    const bool only_before = event.phase == Phase::Enter;
    if (!is_known || is_raw) {
      push_registers(call, is_known ? register_count(call) : 6, tree);
    } else {
      event.more_args = walk_arguments(decoding, only_before);
      if (irregular == Irregular::Sigreturn) decode_sigreturn(tables, call.abi, raw, memory_before, tree);
      if (const auto length = find_length_before(irregular, call.abi, registers); length && call.returned)
        decode_length_before(*length, call.failed, memory_before, tree);
    }
    const std::span<const Value> values = tree.values();
    event.args = keep(arena, values.subspan(std::min(first_arg, values.size())));
    if (only_before) return;
    if (options_.has_dumps() && is_known) event.data = find_data(call, number, memory_before, memory_after, arena);
    event.result = is_known && is_raw ? raw_result(call, arena) : decode_result(decoding, options_.string_limit, arena);
  }

  std::span<const DataPiece> find_data(const CallView& call, std::uint32_t number, ReplayMemory& before,
                                       ReplayMemory& after, Arena& arena) {
    const DataCall data = find_data_call(*call.tables, number);
    const Pass pass = data.reads ? Pass::Exit : Pass::Entry;
    if (!is_data_wanted(data, call, pass, options_)) return {};
    std::vector<DataPiece> pieces;
    DataWalk(data, call, data.reads ? after : before, [&](const DataPiece& piece) { pieces.push_back(piece); }).walk();
    const auto kept = arena.make_array<DataPiece>(pieces.size());
    std::ranges::copy(pieces, kept.begin());
    return kept;
  }

  DecodeOptions options_;
  TableSet tables_;
  ValueTree::Storage storage_;
  std::array<std::vector<Irregular>, kAbiCount> irregular_;
};

Decoder::Decoder(const DecodeOptions& options, TableSet tables) : impl_(std::make_unique<Impl>(options, tables)) {}
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;
Decoder::~Decoder() = default;

Event Decoder::enter(RawEventView entry, Arena& arena) {
  return impl_->decode(entry, nullptr, arena, Phase::Enter, 0);
}

Event Decoder::exit(RawEventView entry, RawEventView exit, Arena& arena, std::size_t first_arg) {
  return impl_->decode(entry, &exit, arena, Phase::Exit, first_arg);
}

Event Decoder::whole(RawEventView entry, RawEventView exit, Arena& arena) {
  return impl_->decode(entry, &exit, arena, Phase::Whole, 0);
}

Event Decoder::enter_whole(RawEventView entry, Arena& arena) {
  return impl_->decode(entry, nullptr, arena, Phase::Whole, 0);
}

Event Decoder::lost(RawEventView entry, Arena& arena, std::size_t first_arg) {
  return impl_->decode(entry, nullptr, arena, Phase::Exit, first_arg);
}

SyscallNr Decoder::call_of(RawEventView entry) {
  return impl_->call_of(entry);
}

Event Decoder::other(RawEventView record, Arena& arena) {
  return impl_->other(record, arena);
}

}  // namespace tether::decode
