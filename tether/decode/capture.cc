#include "tether/decode/capture.h"

#include <algorithm>

#include "tether/decode/internal/argument_time.h"
#include "tether/decode/internal/capture_memory.h"
#include "tether/decode/internal/data_call.h"
#include "tether/decode/internal/irregular.h"
#include "tether/decode/internal/lookup.h"
#include "tether/decode/internal/result_notes.h"
#include "tether/decode/internal/settings.h"
#include "tether/decode/internal/type_survey.h"
#include "tether/decode/internal/value_tree.h"
#include "tether/decode/internal/walker.h"

namespace tether::decode {
namespace {

enum : std::uint8_t { kAtEntry = 1, kAtExit = 2, kIsIrregular = 4, kIsPlanned = 8 };

using CaptureWalker = Walker<CaptureMemory, NoTree>;

/// What one argument list adds to its call's plan.
std::uint8_t plan_args(const Tables& tables, TypeSurvey& types, std::uint32_t first, unsigned count) {
  std::uint8_t plan = 0;
  for (const ArgNode& arg : tables.args.subspan(first, count)) {
    if (!types.reads(arg.type)) continue;
    const TypeNode& type = tables.types[arg.type];
    const bool certain = type.op == TypeOp::Pointer || type.op == TypeOp::Scalar;
    if (may_need_exit(type)) plan |= kAtExit;
    if (!may_need_exit(type) || !certain || time_of(tables, arg.type) != ArgumentTime::Exit) plan |= kAtEntry;
  }
  return plan;
}

std::uint8_t plan_described(const Tables& tables, TypeSurvey& types, const CallNode& node) {
  std::uint8_t plan = plan_args(tables, types, node.first_arg, node.arg_count);
  if (types.reads(node.ret) || node.result_note != 0) plan |= kAtExit;
  if (node.variant_key == 0) return plan;
  for (const CallVariant& variant : tables.variants.subspan(node.first_variant, node.variant_count + 1)) {
    plan |= plan_args(tables, types, variant.first_arg, variant.arg_count);
    if (types.reads(variant.ret)) plan |= kAtExit;
  }
  return plan;
}

std::uint8_t plan_data(const DataCall& data) {
  if (data.form == DataCall::Form::None) return 0;
  return data.reads ? kAtExit : kAtEntry;
}

std::uint8_t plan_call(const Tables& tables, TypeSurvey& types, SyscallNr nr, const DecodeOptions& options) {
  if (options.raw.contains(nr)) return 0;
  std::uint8_t plan = plan_described(tables, types, tables.calls[nr.number]);
  if (find_irregular(tables, nr.number) != Irregular::None) plan |= kAtEntry | kAtExit | kIsIrregular;
  if (options.has_dumps()) plan |= plan_data(find_data_call(tables, nr.number));
  return plan;
}

}  // namespace

/// What the calls of one ABI need, found out when each is made for the first time: most never are.
struct Capturer::Plan {
  Plan(const Tables& tables, const DecodeOptions& options) : types(tables, options), calls(tables.calls.size()) {}

  TypeSurvey types;
  std::vector<std::uint8_t> calls;  ///< by number: kAtEntry | kAtExit | kIsIrregular | kIsPlanned
};

Capturer::Capturer(const DecodeOptions& options, TableSet tables) : options_(options), tables_(tables) {
  if (options_.fd_details) options_.fd_paths = true;
  for (std::size_t abi = 0; abi < plans_.size(); ++abi)
    if (tables_.by_abi[abi] != nullptr) plans_[abi] = std::make_unique<Plan>(*tables_.by_abi[abi], options_);
}
Capturer::Capturer(Capturer&&) noexcept = default;
Capturer::~Capturer() = default;

std::uint8_t Capturer::plan_of(Abi abi, std::uint64_t number) {
  const Tables& tables = tables_.of(abi);
  if (!tables.has_call(number)) return 0;
  Plan& plan = *plans_[static_cast<std::size_t>(abi)];
  std::uint8_t& call = plan.calls[number];
  if ((call & kIsPlanned) == 0)
    call = kIsPlanned | plan_call(tables, plan.types, {abi, static_cast<std::uint32_t>(number)}, options_);
  return call;
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
  const std::uint8_t plan = plan_of(abi, entry.nr);
  if ((plan & kAtEntry) == 0) return;
  TypeSurvey& types = plans_[static_cast<std::size_t>(abi)]->types;
  const Tables& tables = tables_.of(abi);
  CaptureMemory memory(source, record, options_.fd_details);
  Start start(tables, abi, entry, plan, memory);
  CallView& call = start.call;
  const WalkSettings settings = settings_for(options_, {abi, static_cast<std::uint32_t>(entry.nr)}, &types);
  capture_data(start, Pass::Entry, options_, memory);
  NoTree tree;
  CaptureWalker walker(call, settings, Pass::Entry, memory, tree);
  call.variant = walker.choose_variant();
  for (std::size_t i = 0; i < call.arg_count(); ++i) {
    if (!types.reads(call.arg(i).type)) continue;
    const TypeId type = walker.resolve(call.arg(i).type, nullptr);
    if (type != 0 && time_of(tables, type) != ArgumentTime::Exit) walker.walk_argument(i, type);
  }
  if (start.irregular != Irregular::None)
    read_for_irregular(start.irregular, tables, abi, entry, start.registers, memory);
}

void Capturer::capture_exit(Abi abi, const RawSyscallEntry& entry, const RawSyscallExit& exit, CaptureSource& source,
                            RawEventBuilder& record) {
  const std::uint8_t plan = plan_of(abi, entry.nr);
  if ((plan & kAtExit) == 0) return;
  TypeSurvey& types = plans_[static_cast<std::size_t>(abi)]->types;
  const Tables& tables = tables_.of(abi);
  CaptureMemory memory(source, record, options_.fd_details);
  Start start(tables, abi, entry, plan, memory);
  CallView& call = start.call;
  call.set_result(exit);
  correct_result(start.number, start.registers, memory, call);
  const WalkSettings settings = settings_for(options_, {abi, static_cast<std::uint32_t>(entry.nr)}, &types);
  capture_data(start, Pass::Exit, options_, memory);
  NoTree tree;
  CaptureWalker walker(call, settings, Pass::Exit, memory, tree);
  call.variant = walker.choose_variant();
  for (std::size_t i = 0; i < call.arg_count(); ++i) {
    const TypeId given = call.arg(i).type;
    if (!types.reads(given) || !may_need_exit(tables.types[given])) continue;
    const TypeId type = walker.resolve(given, nullptr);
    if (type == 0) continue;
    const ArgumentTime time = time_of(tables, type);
    if (time == ArgumentTime::Entry || (time == ArgumentTime::Change && call.failed)) continue;
    walker.show_only_outputs(time == ArgumentTime::Change && shows_only_outputs(tables, tables.types[type].a));
    walker.walk_argument(i, type);
    walker.show_only_outputs(false);
  }
  if (types.reads(call.result_type()) && !call.failed) walker.walk_result();
  if (call.node->result_note != 0) read_for_note(call, memory);
}

}  // namespace tether::decode
