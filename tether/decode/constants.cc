// The tables have sets of (value, name) for each flag word and enumerator. Turned round they give one list of a few
// thousand names, sorted, made when the first is asked for: no one asks who only decodes.

#include "tether/decode/constants.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "tether/base/nearest_name.h"
#include "tether/decode/internal/lookup.h"
#include "tether/decode/names.h"
#include "tether/decode/tables.h"

namespace tether::decode {

namespace {

using Constants = std::map<std::string_view, std::uint64_t>;

/// By name: the value that is most often meant.
Constants collect(const Tables& tables) {
  std::map<std::string_view, std::map<std::uint64_t, unsigned>> votes;
  for (const SetEntry& entry : tables.set_entries) ++votes[tables.string(entry.name)][entry.value];
  for (const IoctlNode& node : tables.ioctls) ++votes[tables.string(node.name)][node.code];
  for (const SockoptNode& node : tables.sockopts)
    if (node.name != 0) ++votes[tables.string(node.name)][node.option];
  Constants constants;
  for (const auto& [name, values] : votes)
    constants[name] = std::ranges::max_element(values, {}, [](const auto& vote) { return vote.second; })->first;
  constants["NULL"] = 0;
  constants["AT_FDCWD"] = static_cast<std::uint64_t>(std::int64_t{kAtFdcwd});
  return constants;
}

const Constants& constants_of(Abi abi) {
  static const Constants kAll[] = {collect(tables(Abi::X86_64)), collect(tables(Abi::I386))};
  return kAll[static_cast<std::size_t>(abi)];
}

std::optional<std::uint64_t> find_in_set(const Tables& tables, SetId set, std::string_view name) {
  const SetNode& node = tables.sets[set];
  for (const SetEntry& entry : tables.set_entries.subspan(node.first, node.count))
    if (tables.string(entry.name) == name) return entry.value;
  return std::nullopt;
}

/// In the sets that a value of this type is shown with.
std::optional<std::uint64_t> find_in_type(const Tables& tables, TypeId id, std::string_view name) {
  const TypeNode& type = tables.types[id];
  if (type.op == TypeOp::Flags || type.op == TypeOp::Enum) return find_in_set(tables, type.a, name);
  if (type.op == TypeOp::If) {
    const auto found = find_in_type(tables, type.b, name);
    return found || type.c == 0 ? found : find_in_type(tables, type.c, name);
  }
  if (type.op != TypeOp::Bits) return std::nullopt;
  const BitsNode& bits = tables.bits[type.a];
  for (const BitsPart& part : tables.bits_parts.subspan(bits.first, bits.count)) {
    if (part.op == BitsPartOp::Shifted) continue;
    if (const auto found = find_in_set(tables, part.set, name)) return found;
  }
  return std::nullopt;
}

}  // namespace

Result<std::uint64_t> find_constant(SyscallNr call, std::size_t argument, std::string_view name) {
  const Tables& t = tables(call.abi);
  if (call.number < t.calls.size()) {
    const CallNode& node = t.calls[call.number];
    if (argument < node.arg_count)
      if (const auto found = find_in_type(t, t.args[node.first_arg + argument].type, name)) return *found;
  }
  return find_constant(call.abi, name);
}

Result<std::uint64_t> find_constant(Abi abi, std::string_view name) {
  const Constants& constants = constants_of(abi);
  if (const auto found = constants.find(name); found != constants.end()) return found->second;
  if (name.starts_with("SIG"))
    if (const auto signal = find_signal(name)) return static_cast<std::uint64_t>(signal->value);
  std::vector<std::string_view> names;
  for (const auto& [known, value] : constants) names.push_back(known);
  return fail({.code = ErrorCode::NotFound,
               .message = "no constant '" + std::string(name) + "'" + did_you_mean(name, names),
               .hint = "names are those that `tether trace` shows; a number does as well"});
}

}  // namespace tether::decode
