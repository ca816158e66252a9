#include "tether/decode/names.h"

#include <algorithm>

#include "tether/decode/internal/irregular.h"
#include "tether/decode/internal/lookup.h"
#include "tether/decode/tables.h"

namespace tether::decode {

namespace {

constexpr std::uint64_t kMostSubcalls = 24;  // SYS_SENDMMSG is 20 (linux/net.h), SHMCTL 24 (linux/ipc.h)

}  // namespace

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

SyscallSelection recorded_calls(const SyscallSelection& shown) {
  SyscallSelection recorded = shown;
  if (shown.is_all()) return recorded;
  const Tables& t = tables(Abi::I386);
  const auto is_shown = [&](const auto& subcall) {
    return subcall && shown.contains({.abi = Abi::I386, .number = subcall->number});
  };
  for (std::uint32_t number = 0; number < kFirstSubcall && number < t.calls.size(); ++number) {
    const Irregular irregular = find_irregular(t, number);
    if (irregular != Irregular::Socketcall && irregular != Irregular::Ipc) continue;
    for (std::uint64_t which = 0; which <= kMostSubcalls; ++which)
      if ((irregular == Irregular::Socketcall && is_shown(find_socket_subcall(t, which))) ||
          (irregular == Irregular::Ipc && is_shown(find_ipc_subcall(t, which))))
        recorded.insert({.abi = Abi::I386, .number = number});
  }
  return recorded;
}

}  // namespace tether::decode
