#include "tools/desc/calls.h"

#include <algorithm>

#include "tether/event/syscall_class.h"

namespace tether::desc {

using decode::ArgNode;
using decode::CallNode;
using decode::CallVariant;
using decode::Kind;
using decode::TypeNode;
using decode::TypeOp;

namespace {

constexpr unsigned kMaxArguments = 6;

std::vector<Argument> arguments_of(const CallFact& fact) {
  std::vector<Argument> list;
  for (const ArgumentFact& argument : fact.arguments) list.push_back({.shown = argument.name, .name = argument.name});
  if (!fact.has_prototype)
    for (unsigned i = 1; i <= kMaxArguments; ++i) list.push_back({.shown = "arg" + std::to_string(i)});
  return list;
}

/// The upper half of an argument that 64-bit kernels take whole in the register before it: preadv's pos_h.
bool is_upper_half(const std::string& name) {
  return name == "pos_h";
}

}  // namespace

void Calls::resolve_all() {
  const auto& facts = r_.facts.calls[r_.abi];
  auto& calls = r_.tables.own[r_.abi].calls;
  if (!facts.empty()) calls.resize(facts.rbegin()->first + 1);
  for (const auto& [number, fact] : facts) {
    const CallItem* item = r_.catalogue.find_call(fact.name, r_.abi);
    CallNode& node = calls[number];
    node = item == nullptr ? undescribed(fact) : described(*item, fact);
    node.name = r_.tables.strings.add(fact.name);
    r_.arguments.clear();
    r_.case_labels.clear();
  }
}

CallNode Calls::undescribed(const CallFact& fact) {
  const std::vector<Argument> list = arguments_of(fact);
  const Run run = arguments(list, fact, 0);
  CallNode node{.first_arg = run.first, .arg_count = run.count, .flags = run.flags};
  node.classes = classes_of(node);
  return node;
}

CallNode Calls::described(const CallItem& item, const CallFact& fact) {
  for (const Variant& variant : item.variants) std::ranges::copy(variant.labels, std::back_inserter(r_.case_labels));
  const Run run = arguments(item.arguments, fact, 0);
  CallNode node{.first_arg = run.first, .arg_count = run.count};
  node.flags = static_cast<std::uint8_t>(run.flags | decode::kIsDescribed);
  const bool is_by_name = std::ranges::any_of(item.arguments, [](const Argument& a) { return !a.registers.empty(); });
  if (item.key != nullptr)
    add_variants(item, fact, run.registers, node);
  else if (!is_by_name)
    check_count(item.at, fact, run.registers, false);
  add_result(item, node);
  node.classes = classes_of(node);
  for (const std::string& name : item.classes)
    if (const auto* known = std::ranges::find(kSyscallClassNames, name, &SyscallClassName::name);
        known != kSyscallClassNames.end())
      node.classes |= static_cast<std::uint32_t>(known->bit);
  if ((node.classes & static_cast<std::uint32_t>(SyscallClass::Network)) != 0)
    node.classes &= ~static_cast<std::uint32_t>(SyscallClass::Desc);
  return node;
}

// ── Arguments ────────────────────────────────────────────────────────────────────────────────────────────────────

Calls::Run Calls::arguments(const std::vector<Argument>& list, const CallFact& fact, unsigned first_register) {
  Run run{.registers = first_register};
  const std::size_t bound_before = r_.arguments.size();
  for (const Argument& argument : list)
    r_.arguments.push_back({&argument, {}});  // types refer to arguments on their right
  std::vector<ArgNode> nodes;
  for (std::size_t i = 0; i < list.size(); ++i) {
    run.registers = find_register(list[i], fact, run.registers);
    const std::string c_type = run.registers < fact.arguments.size() ? fact.arguments[run.registers].type : "";
    r_.arguments[bound_before + i].c_type = parse_c_type(c_type, r_.abi);
    if (bound_before == 0) check_order(list[i], fact, run.registers);  // variants have names of their own
    const ArgNode node = argument(list[i], r_.arguments[bound_before + i].c_type, run.registers);
    const TypeNode& type = r_.tables.types[node.type];
    const bool is_wide = list[i].is_wide || (type.op == TypeOp::Scalar && type.width == 8);
    const bool takes_two = r_.abi == Abi::I386 && is_wide;
    run.registers += takes_two ? 2 : 1;
    if ((type.flags & decode::kReadsMemory) != 0)
      run.flags |= decode::kEntryReadsMemory | ((type.flags & decode::kNeedsExit) != 0 ? decode::kExitReadsMemory : 0);
    nodes.push_back(node);
  }
  run.first = r_.tables.args.add_list(nodes);
  run.count = static_cast<std::uint8_t>(nodes.size());
  return run;
}

ArgNode Calls::argument(const Argument& argument, const CType& c_type, unsigned first_register) {
  ArgNode node{.label = r_.tables.strings.add(argument.shown), .reg = static_cast<std::uint8_t>(first_register)};
  node.is_labelled = !argument.registers.empty();
  if (argument.is_skip)
    node.type = r_.tables.types.add({.op = TypeOp::Skip});
  else
    node.type = argument.type == nullptr ? types_.of_c_type(c_type) : types_.resolve(argument.type, nullptr, c_type);
  const TypeNode& type = r_.tables.types[node.type];
  const bool is_scalar = type.op == TypeOp::Scalar && type.width != 0;
  unsigned width = c_type.is_known() ? c_type.width : r_.word();
  if (is_scalar) width = type.width;
  if (type.op == TypeOp::Pointer || (width > r_.word() && !is_scalar)) width = r_.word();
  node.cast_width = static_cast<std::uint8_t>(width);
  node.cast_signed = is_scalar ? (type.flags & decode::kSigned) != 0 : c_type.is_signed;
  if (argument.is_wide) {
    TypeNode wide = type;
    wide.width = node.cast_width = 8;
    node.cast_signed = false;
    node.type = r_.tables.types.add(wide);
  }
  return node;
}

/// `shown = A B` is where the prototype has A, or B; anything else is behind the argument on its left.
unsigned Calls::find_register(const Argument& argument, const CallFact& fact, unsigned next) {
  for (const std::string& name : argument.registers) {
    const auto found = std::ranges::find(fact.arguments, name, &ArgumentFact::name);
    if (found != fact.arguments.end()) return static_cast<unsigned>(found - fact.arguments.begin());
  }
  return next;
}

void Calls::check_count(const Location& at, const CallFact& fact, unsigned registers, bool may_be_fewer) {
  if (!fact.has_prototype || !fact.is_implemented) return;
  std::size_t wanted = fact.arguments.size();
  if (registers < wanted && (may_be_fewer || is_upper_half(fact.arguments[wanted - 1].name))) return;
  if (registers == wanted) return;
  r_.error(at, "the arguments take " + std::to_string(registers) + " registers, the prototype on " +
                   std::string(abi_name(r_.abi)) + " has " + std::to_string(wanted) + ": " + prototype_text(fact));
}

/// Descriptions use the manual's names, prototypes the kernel's; where they agree, they must agree about the place.
void Calls::check_order(const Argument& argument, const CallFact& fact, unsigned first_register) {
  if (argument.is_skip ||
      (first_register < fact.arguments.size() && fact.arguments[first_register].name == argument.name))
    return;
  const auto place = std::ranges::find(fact.arguments, argument.name, &ArgumentFact::name);
  if (place == fact.arguments.end()) return;
  r_.error(argument.at, quote(argument.name) + " is in register " + std::to_string(first_register + 1) + " here, in " +
                            std::to_string(place - fact.arguments.begin() + 1) + " on " +
                            std::string(abi_name(r_.abi)) + ": " + prototype_text(fact));
}

// ── Variants ─────────────────────────────────────────────────────────────────────────────────────────────────────

void Calls::add_variants(const CallItem& item, const CallFact& fact, unsigned first_register, CallNode& node) {
  node.variant_key = expressions_.resolve(item.key, nullptr);
  std::vector<CallVariant> variants;
  CallVariant otherwise;
  bool has_else = false;
  const std::size_t fixed = r_.arguments.size();
  for (const Variant& variant : item.variants) {
    const Run run = arguments(variant.arguments, fact, first_register);
    r_.arguments.resize(fixed);
    check_count(variant.at, fact, run.registers, true);
    node.flags |= run.flags;
    const CallVariant made{.first_arg = run.first, .arg_count = run.count};
    if (!variant.labels.empty()) {
      add_variant(variant, made, variants);
      continue;
    }
    if (has_else) r_.error(variant.at, "this call has an 'else' already");
    has_else = true;
    otherwise = made;
  }
  std::ranges::sort(variants, {}, &CallVariant::key);
  node.variant_count = static_cast<std::uint32_t>(variants.size());
  variants.push_back(otherwise);
  node.first_variant = r_.tables.variants.add_list(variants);
}

void Calls::add_variant(const Variant& variant, const CallVariant& node, std::vector<CallVariant>& variants) {
  for (const std::string& label : variant.labels) {
    const auto key = r_.constants.demand(label, variant.at);
    if (!key) continue;
    if (std::ranges::find(variants, *key, &CallVariant::key) != variants.end()) {
      r_.error(variant.at, quote(label) + " is the number of an earlier variant");
      continue;
    }
    variants.push_back(node);
    variants.back().key = *key;
  }
}

// ── Results and classes ──────────────────────────────────────────────────────────────────────────────────────────

void Calls::add_result(const CallItem& item, CallNode& node) {
  if (item.result != nullptr) {
    node.ret = types_.resolve(item.result, nullptr, parse_c_type("long", r_.abi));
    if (r_.tables.is_kind(node.ret, TypeOp::Scalar, Kind::Never)) {
      node.flags |= decode::kNeverReturns;
      node.ret = 0;
    }
  }
  if (item.note.empty()) return;
  node.result_note = static_cast<std::uint8_t>(find_note(item.note).value_or(decode::ResultNote::None));
  node.flags |= decode::kExitReadsMemory;
}

/// Takes a file name: %file; takes or returns a descriptor: %desc. The other classes are described.
std::uint32_t Calls::classes_of(const CallNode& node) const {
  std::uint32_t bits = 0;
  for (unsigned i = 0; i < node.arg_count; ++i) bits |= classes_of(r_.tables.args[node.first_arg + i]);
  if (r_.tables.is_kind(node.ret, TypeOp::Scalar, Kind::Fd)) bits |= static_cast<std::uint32_t>(SyscallClass::Desc);
  return bits;
}

std::uint32_t Calls::classes_of(const ArgNode& argument) const {
  const auto& tables = r_.tables;
  const auto is_fd = [&](decode::TypeId id) {
    return tables.is_kind(id, TypeOp::Scalar, Kind::Fd) || tables.is_kind(id, TypeOp::Scalar, Kind::Dirfd);
  };
  const decode::TypeId id =
      tables.types[argument.type].op == TypeOp::If ? tables.types[argument.type].b : argument.type;
  const TypeNode& type = tables.types[id];
  std::uint32_t bits = is_fd(id) ? static_cast<std::uint32_t>(SyscallClass::Desc) : 0;
  if (type.op != TypeOp::Pointer) return bits;
  if (tables.is_kind(type.a, TypeOp::Text, Kind::Path)) bits |= static_cast<std::uint32_t>(SyscallClass::File);
  if (tables.types[type.a].op == TypeOp::Array && is_fd(tables.types[type.a].a))
    bits |= static_cast<std::uint32_t>(SyscallClass::Desc);
  return bits;
}

}  // namespace tether::desc
