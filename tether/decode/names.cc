#include "tether/decode/names.h"

#include <algorithm>

#include "tether/decode/internal/lookup.h"
#include "tether/decode/tables.h"

namespace tether::decode {

std::optional<SyscallNr> find_call(Abi abi, std::string_view name) {
  if (name.empty()) return std::nullopt;
  const auto number = find_number(tables(abi), name);
  if (!number || *number >= kFirstSubcall) return std::nullopt;
  return SyscallNr{.abi = abi, .number = *number};
}

std::string_view call_name(SyscallNr nr) {
  const Tables& t = tables(nr.abi);
  return t.has_call(nr.number) ? t.string(t.calls[nr.number].name) : std::string_view();
}

std::vector<CallInfo> list_calls(Abi abi) {
  const Tables& t = tables(abi);
  std::vector<CallInfo> calls;
  for (std::uint32_t number = 0; number < t.calls.size(); ++number) {
    const CallNode& node = t.calls[number];
    if (node.name == 0) continue;
    unsigned args = node.arg_count;
    if (node.variant_key != 0)
      for (const CallVariant& variant : t.variants.subspan(node.first_variant, node.variant_count + 1))
        args = std::max<unsigned>(args, node.arg_count + variant.arg_count);
    calls.push_back({.nr = {.abi = abi, .number = number},
                     .name = t.string(node.name),
                     .classes = node.classes,
                     .arg_count = static_cast<std::uint8_t>(args),
                     .never_returns = (node.flags & kNeverReturns) != 0});
  }
  return calls;
}

}  // namespace tether::decode
