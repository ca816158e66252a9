#include "tether/decode/capture.h"

#include <algorithm>

#include "tether/decode/internal/argument_time.h"
#include "tether/decode/internal/capture_memory.h"
#include "tether/decode/internal/data_call.h"
#include "tether/decode/internal/irregular.h"
#include "tether/decode/internal/lookup.h"
#include "tether/decode/internal/result_notes.h"
#include "tether/decode/internal/settings.h"
#include "tether/decode/internal/value_tree.h"
#include "tether/decode/internal/walker.h"

namespace tether::decode {
namespace {

enum : std::uint8_t { kAtEntry = 1, kAtExit = 2, kIsIrregular = 4 };

using CaptureWalker = Walker<CaptureMemory, NoTree>;

/// Finds out which types read memory, look up interfaces, or, if asked for, descriptors and processes.
class TypeSurvey {
 public:
  TypeSurvey(const Tables& tables, const DecodeOptions& options)
      : tables_(tables), fd_paths_(options.fd_paths), pid_names_(options.pid_names), state_(tables.types.size()) {}

  bool reads(TypeId id) {
    if (id == 0) return false;
    if (state_[id] != State::Unknown) return state_[id] == State::Reads;
    // A type within itself adds nothing: a cycle is always through a pointer, which reads.
    state_[id] = State::Asked;
    state_[id] = find_out(tables_.types[id]) ? State::Reads : State::Idle;
    return state_[id] == State::Reads;
  }

 private:
  enum class State : std::uint8_t { Unknown, Asked, Idle, Reads };

  bool find_out(const TypeNode& type) {
    switch (type.op) {
      case TypeOp::Pointer:
        return true;
      case TypeOp::Scalar: {
        const auto kind = static_cast<Kind>(type.kind);
        return kind == Kind::IoctlArg || kind == Kind::SockoptValue || kind == Kind::Ifindex ||
               (fd_paths_ && (is_descriptor(kind) || kind == Kind::Fdset)) ||
               (pid_names_ && (kind == Kind::Pid || kind == Kind::Tid || kind == Kind::Siginfo));
      }
      case TypeOp::Array:
        return reads(type.a);
      case TypeOp::If:
        return any({type.b, type.c});
      case TypeOp::Seq:
        return any(tables_.type_lists.subspan(type.a, type.b));
      case TypeOp::Struct:
        return struct_reads(type.a);
      case TypeOp::Records:
        return any({tables_.records[type.a].body}) || struct_reads(tables_.records[type.a].header_struct);
      case TypeOp::Choice:
        return choice_reads(tables_.choices[type.a]);
      default:
        return false;
    }
  }
  bool any(std::span<const TypeId> types) {
    bool result = false;
    for (const TypeId id : types) result = reads(id) || result;
    return result;
  }
  bool any(std::initializer_list<TypeId> types) { return any(std::span(types.begin(), types.size())); }
  bool struct_reads(std::uint32_t index) {
    const StructNode& node = tables_.structs[index];
    bool result = false;
    for (const FieldNode& field : tables_.fields.subspan(node.first_field, node.field_count))
      result = reads(field.type) || result;
    return result;
  }
  bool choice_reads(const ChoiceNode& choice) {
    bool result = reads(choice.otherwise);
    for (const ChoiceCase& c : tables_.cases.subspan(choice.first_case, choice.case_count))
      result = reads(c.type) || result;
    return result;
  }

  const Tables& tables_;
  bool fd_paths_;
  bool pid_names_;
  std::vector<State> state_;
};

/// What one argument list adds to its call's plan.
std::uint8_t plan_args(const Tables& tables, std::span<const std::uint8_t> types, std::uint32_t first, unsigned count) {
  std::uint8_t plan = 0;
  for (const ArgNode& arg : tables.args.subspan(first, count)) {
    if (types[arg.type] == 0) continue;
    const TypeNode& type = tables.types[arg.type];
    const bool certain = type.op == TypeOp::Pointer || type.op == TypeOp::Scalar;
    if (may_need_exit(type)) plan |= kAtExit;
    if (!may_need_exit(type) || !certain || time_of(tables, arg.type) != ArgumentTime::Exit) plan |= kAtEntry;
  }
  return plan;
}

std::uint8_t plan_call(const Tables& tables, std::span<const std::uint8_t> types, const CallNode& node) {
  std::uint8_t plan = plan_args(tables, types, node.first_arg, node.arg_count);
  if (types[node.ret] != 0 || node.result_note != 0) plan |= kAtExit;
  if (node.variant_key == 0) return plan;
  for (const CallVariant& variant : tables.variants.subspan(node.first_variant, node.variant_count + 1)) {
    plan |= plan_args(tables, types, variant.first_arg, variant.arg_count);
    if (types[variant.ret] != 0) plan |= kAtExit;
  }
  return plan;
}

}  // namespace

namespace {

std::uint8_t times_of(const DataCall& data) {
  if (data.form == DataCall::Form::None) return 0;
  return data.reads ? kAtExit : kAtEntry;
}

}  // namespace

Capturer::Capturer(const DecodeOptions& options, TableSet tables) : options_(options), tables_(tables) {
  if (options_.fd_details) options_.fd_paths = true;
  for (std::size_t abi = 0; abi < plans_.size(); ++abi) {
    if (tables_.by_abi[abi] == nullptr) continue;
    const Tables& t = *tables_.by_abi[abi];
    Plan& plan = plans_[abi];
    TypeSurvey survey(t, options_);
    plan.types.resize(t.types.size());
    for (TypeId id = 0; id < t.types.size(); ++id) plan.types[id] = survey.reads(id) ? 1 : 0;
    plan.calls.resize(t.calls.size());
    for (std::uint32_t nr = 0; nr < t.calls.size(); ++nr) {
      if (t.calls[nr].name == 0) continue;
      plan.calls[nr] = plan_call(t, plan.types, t.calls[nr]);
      if (find_irregular(t, nr) != Irregular::None) plan.calls[nr] |= kAtEntry | kAtExit | kIsIrregular;
      if (options_.has_dumps()) plan.calls[nr] |= times_of(find_data_call(t, nr));
      const SyscallNr number{.abi = static_cast<Abi>(abi), .number = nr};
      if (options_.raw.contains(number)) plan.calls[nr] = 0;
    }
  }
}

namespace {

/// What both captures begin with: the call, its row, its registers.
struct Start {
  Start(const Tables& tables, Abi abi, const RawSyscallEntry& entry, std::uint8_t plan, CaptureMemory& memory)
      : irregular((plan & kIsIrregular) != 0 ? find_irregular(tables, static_cast<std::uint32_t>(entry.nr))
                                             : Irregular::None) {
    std::copy(std::begin(entry.args), std::end(entry.args), registers.args.begin());
    number = static_cast<std::uint32_t>(entry.nr);
    number = redirect(irregular, tables, number, registers, memory);
    if (irregular == Irregular::Socketcall) irregular = find_irregular(tables, number);
    call = CallView{.tables = &tables, .abi = abi, .node = &tables.calls[number], .registers = registers.args.data()};
  }

  Irregular irregular;
  std::uint32_t number;
  CallRegisters registers;
  CallView call;
};

void capture_data(const Start& start, Pass pass, const DecodeOptions& options, CaptureMemory& memory) {
  if (!options.has_dumps()) return;
  const DataCall data = find_data_call(*start.call.tables, start.number);
  if (!is_data_wanted(data, start.call, pass, options)) return;
  DataWalk(data, start.call, memory, [](const DataPiece&) {}).walk();
}

}  // namespace

void Capturer::capture_entry(Abi abi, const RawSyscallEntry& entry, CaptureSource& source, RawEventBuilder& record) {
  const Plan& plan = plans_[static_cast<std::size_t>(abi)];
  if (!tables_.of(abi).has_call(entry.nr) || (plan.calls[entry.nr] & kAtEntry) == 0) return;
  const Tables& tables = tables_.of(abi);
  CaptureMemory memory(source, record, options_.fd_details);
  Start start(tables, abi, entry, plan.calls[entry.nr], memory);
  CallView& call = start.call;
  const WalkSettings settings = settings_for(options_, {abi, static_cast<std::uint32_t>(entry.nr)}, plan.types.data());
  capture_data(start, Pass::Entry, options_, memory);
  NoTree tree;
  CaptureWalker walker(call, settings, Pass::Entry, memory, tree);
  call.variant = walker.choose_variant();
  for (std::size_t i = 0; i < call.arg_count(); ++i) {
    if (plan.types[call.arg(i).type] == 0) continue;
    const TypeId type = walker.resolve(call.arg(i).type, nullptr);
    if (type != 0 && time_of(tables, type) != ArgumentTime::Exit) walker.walk_argument(i, type);
  }
  if (start.irregular != Irregular::None)
    read_for_irregular(start.irregular, tables, abi, entry, start.registers, memory);
}

void Capturer::capture_exit(Abi abi, const RawSyscallEntry& entry, const RawSyscallExit& exit, CaptureSource& source,
                            RawEventBuilder& record) {
  const Plan& plan = plans_[static_cast<std::size_t>(abi)];
  if (!tables_.of(abi).has_call(entry.nr) || (plan.calls[entry.nr] & kAtExit) == 0) return;
  const Tables& tables = tables_.of(abi);
  CaptureMemory memory(source, record, options_.fd_details);
  Start start(tables, abi, entry, plan.calls[entry.nr], memory);
  CallView& call = start.call;
  call.set_result(exit);
  correct_result(start.number, start.registers, memory, call);
  const WalkSettings settings = settings_for(options_, {abi, static_cast<std::uint32_t>(entry.nr)}, plan.types.data());
  capture_data(start, Pass::Exit, options_, memory);
  NoTree tree;
  CaptureWalker walker(call, settings, Pass::Exit, memory, tree);
  call.variant = walker.choose_variant();
  for (std::size_t i = 0; i < call.arg_count(); ++i) {
    const TypeId given = call.arg(i).type;
    if (plan.types[given] == 0 || !may_need_exit(tables.types[given])) continue;
    const TypeId type = walker.resolve(given, nullptr);
    if (type == 0) continue;
    const ArgumentTime time = time_of(tables, type);
    if (time == ArgumentTime::Entry || (time == ArgumentTime::Change && call.failed)) continue;
    walker.show_only_outputs(time == ArgumentTime::Change && shows_only_outputs(tables, tables.types[type].a));
    walker.walk_argument(i, type);
    walker.show_only_outputs(false);
  }
  if (plan.types[call.result_type()] != 0 && !call.failed) walker.walk_result();
  if (call.node->result_note != 0) read_for_note(call, memory);
}

}  // namespace tether::decode
