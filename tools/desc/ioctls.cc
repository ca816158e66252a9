#include "tools/desc/ioctls.h"

#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace tether::desc {

using decode::TypeId;
using decode::TypeOp;

namespace {

/// What an ioctl's argument points to, by its C type; 0: unknown.
TypeId payload_of(const IoctlFact& fact, Resolution& r, Types& types) {
  const CType c_type = parse_c_type(fact.type, r.abi);
  if (c_type.is_struct())
    return r.layouts.find(c_type.struct_name()) == nullptr ? 0 : types.of_struct(c_type.struct_name(), nullptr);
  const bool is_number = fact.type != "-" && !c_type.is_pointer && fact.type.find('[') == std::string::npos;
  return is_number ? types.of_c_type(c_type) : 0;
}

TypeId pointer_to(TypeId payload, const std::string& direction, Resolution& r) {
  unsigned flags = decode::kReadsMemory;
  if (direction != "out") flags |= decode::kIn;
  if (direction != "in") flags |= decode::kOut | decode::kNeedsExit;
  if (r.tables.types[payload].op == TypeOp::Scalar) flags |= decode::kBrackets;
  return r.tables.types.add({.op = TypeOp::Pointer,
                             .width = static_cast<std::uint8_t>(r.word()),
                             .flags = static_cast<std::uint8_t>(flags),
                             .a = payload});
}

IoctlPayload describe(const IoctlFact& fact, TypeId payload, const Resolution& r) {
  if (fact.direction == "none") return IoctlPayload::Absent;
  if (payload == 0) return IoctlPayload::Unknown;
  const CType c_type = parse_c_type(fact.type, r.abi);
  const bool is_described = c_type.is_struct() && r.catalogue.find_struct(c_type.struct_name(), r.abi) != nullptr;
  return is_described ? IoctlPayload::Described : IoctlPayload::CTypeOnly;
}

/// Requests that a pattern names, and that neither a name nor the headers have typed.
void add_matching(const IoctlItem& item, const Case& one, Resolution& r, Sets& sets, Types& types,
                  std::map<std::uint32_t, std::vector<decode::IoctlNode>>& by_code) {
  const TypeId type = types.resolve(one.type, nullptr, {});
  for (const Label& label : one.labels) {
    if (!is_pattern(label.first)) continue;
    const SetTerm term{.kind = SetTerm::Kind::Glob, .name = label.first, .at = one.at};
    for (const std::string& name : sets.expand(SetExpr{.terms = {term}, .headers = item.headers, .at = one.at})) {
      const auto value = r.constants.find(name);
      if (!value) continue;
      const auto code = static_cast<std::uint32_t>(*value);
      by_code.try_emplace(code, std::vector{decode::IoctlNode{code, r.tables.strings.add(name), type}});
      r.survey.ioctls.try_emplace(name, IoctlPayload::Described);
    }
  }
}

}  // namespace

void resolve_ioctls(Resolution& r, Sets& sets, Types& types) {
  // Names that share a number: all that a description gives, else the first.
  std::map<std::uint32_t, std::vector<decode::IoctlNode>> by_code;
  for (const IoctlFact& fact : r.facts.ioctls) {
    const auto code = fact.code[r.abi];
    if (!code) continue;
    const TypeId payload = fact.direction == "none" ? 0 : payload_of(fact, r, types);
    const TypeId type = payload == 0 ? 0 : pointer_to(payload, fact.direction, r);
    by_code.try_emplace(*code, std::vector{decode::IoctlNode{*code, r.tables.strings.add(fact.name), type}});
    r.survey.ioctls.try_emplace(fact.name, describe(fact, payload, r));
  }
  std::map<std::uint32_t, const Case*> described;
  std::vector<std::pair<const IoctlItem*, const Case*>> patterns;
  for (const IoctlItem& item : r.catalogue.all().ioctls) {
    for (const Case& one : item.cases) {
      if (one.labels.empty())
        r.error(one.at, "an ioctl group has no 'else': what is not described is typed by the headers");
      for (const Label& label : one.labels) {
        if (is_pattern(label.first)) {
          patterns.emplace_back(&item, &one);
          continue;
        }
        const auto value = r.constants.demand(label.first, one.at);
        if (!value) continue;
        const auto code = static_cast<std::uint32_t>(*value);
        const auto [first, is_first] = described.try_emplace(code, &one);
        if (is_first) by_code[code].clear();
        if (first->second != &one)
          r.error(one.at, quote(label.first) + " is the number of an ioctl that is described already");
        by_code[code].push_back({code, r.tables.strings.add(label.first), types.resolve(one.type, nullptr, {})});
        r.survey.ioctls[label.first] = IoctlPayload::Described;
      }
    }
  }
  for (const auto& [item, one] : patterns) add_matching(*item, *one, r, sets, types, by_code);
  for (const auto& [code, nodes] : by_code)
    for (const decode::IoctlNode& node : nodes) r.tables.own[r.abi].ioctls.push_back(node);
}

void resolve_sockopts(Resolution& r, Sets& sets, Types& types) {
  std::map<std::pair<std::uint64_t, std::uint64_t>, decode::SockoptNode> all;
  for (const SockoptItem& item : r.catalogue.all().sockopts) {
    const auto level = r.constants.demand(item.level, item.at);
    if (!level) continue;
    TypeId otherwise = 0;
    std::map<std::uint64_t, TypeId> special;
    for (const Case& one : item.cases) {
      const TypeId type = types.resolve(one.type, nullptr, {});
      if (one.labels.empty()) otherwise = type;
      for (const Label& label : one.labels) {
        const auto option = r.constants.demand(label.first, one.at);
        if (option && !special.try_emplace(*option, type).second)
          r.error(one.at, quote(label.first) + " is the number of an earlier option");
      }
    }
    if (otherwise != 0) all[{*level, decode::kOtherSockopt}] = {*level, decode::kOtherSockopt, 0, otherwise};
    for (const std::string& name : sets.expand_noted(item.set)) {
      const auto option = r.constants.find(name);
      if (!option) continue;
      const auto found = special.find(*option);
      const TypeId type = found == special.end() ? otherwise : found->second;
      all.try_emplace({*level, *option}, decode::SockoptNode{*level, *option, r.tables.strings.add(name), type});
    }
  }
  for (const auto& [key, node] : all) r.tables.own[r.abi].sockopts.push_back(node);
}

}  // namespace tether::desc
