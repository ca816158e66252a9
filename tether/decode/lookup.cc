#include "tether/decode/internal/lookup.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "tether/decode/internal/number.h"

namespace tether::decode {
namespace {

constexpr std::uint64_t kUnknown = ~std::uint64_t{0};

struct ProtocolFamily {
  std::string_view prefix;  ///< of what CaptureSource::read_fd_protocol says
  std::uint64_t family;     ///< AF_* (linux/socket.h)
};

// The longer of two prefixes comes first: "TCPv6" is not "TCP".
constexpr std::array<ProtocolFamily, 15> kFamilies{{{"UNIX", 1},
                                                    {"TCPv6", 10},
                                                    {"UDPv6", 10},
                                                    {"UDPLITEv6", 10},
                                                    {"RAWv6", 10},
                                                    {"PINGv6", 10},
                                                    {"DCCPv6", 10},
                                                    {"SCTPv6", 10},
                                                    {"TCP", 2},
                                                    {"UDP", 2},
                                                    {"UDPLITE", 2},
                                                    {"RAW", 2},
                                                    {"PING", 2},
                                                    {"NETLINK", 16},
                                                    {"PACKET", 17}}};

std::uint64_t netlink_protocol(std::string_view protocol) {
  constexpr std::string_view kPrefix = "NETLINK:";
  if (!protocol.starts_with(kPrefix)) return kUnknown;
  protocol.remove_prefix(kPrefix.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(protocol.data(), protocol.data() + protocol.size(), number);
  return error == std::errc() ? number : kUnknown;
}

}  // namespace

std::uint64_t scalar_extent(Kind kind, Abi abi, std::uint64_t first_arg, std::uint64_t rest) {
  constexpr std::uint64_t kSiginfoSize = 128;
  constexpr std::int32_t kMostFds = 1 << 20;  // fs.nr_open's default: no fd_set is longer
  const std::uint64_t word = word_size(abi);
  switch (kind) {
    case Kind::Siginfo:
      return kSiginfoSize;
    case Kind::Fdset: {
      const auto fds = static_cast<std::uint64_t>(std::clamp(static_cast<std::int32_t>(first_arg), 0, kMostFds));
      return (fds + 8 * word - 1) / (8 * word) * word;
    }
    case Kind::Cpumask:
    case Kind::UnixPath:
    case Kind::Mac:
    case Kind::Dirents:
    case Kind::BpfProg:
    case Kind::InetOf:
    case Kind::SockoptValue:
    case Kind::IoctlArg:
      return rest;
    default:
      return word;
  }
}

std::uint64_t apply_operator(ExprOp op, std::uint64_t a, std::uint64_t b) {
  const auto sa = static_cast<std::int64_t>(a);
  const auto sb = static_cast<std::int64_t>(b);
  switch (op) {
    case ExprOp::BitAnd:
      return a & b;
    case ExprOp::BitOr:
      return a | b;
    case ExprOp::Add:
      return a + b;
    case ExprOp::Sub:
      return a - b;
    case ExprOp::ShiftLeft:
      return b < 64 ? a << b : 0;
    case ExprOp::ShiftRight:
      return b < 64 ? a >> b : 0;
    case ExprOp::Equal:
      return a == b;
    case ExprOp::NotEqual:
      return a != b;
    case ExprOp::Less:
      return sa < sb;
    case ExprOp::Greater:
      return sa > sb;
    case ExprOp::LessEqual:
      return sa <= sb;
    case ExprOp::GreaterEqual:
      return sa >= sb;
    case ExprOp::Has:
      return (a & b) != 0;
    default:
      return 0;
  }
}

std::uint64_t answer_host_query(HostQuery query, std::string_view protocol) {
  if (query == HostQuery::NetlinkOfFd) return netlink_protocol(protocol);
  for (const ProtocolFamily& family : kFamilies)
    if (protocol.starts_with(family.prefix)) return family.family;
  return kUnknown;
}

const CallVariant& find_variant(const Tables& tables, const CallNode& node, std::uint64_t key) {
  const auto variants = tables.variants.subspan(node.first_variant, node.variant_count);
  const auto found = std::ranges::lower_bound(variants, key, {}, &CallVariant::key);
  if (found != variants.end() && found->key == key) return *found;
  return tables.variants[node.first_variant + node.variant_count];
}

TypeId find_case(const Tables& tables, const ChoiceNode& choice, std::uint64_t key, std::uint64_t second_key) {
  const auto cases = tables.cases.subspan(choice.first_case, choice.case_count);
  const auto keys = [](const ChoiceCase& c) { return std::pair(c.key, c.second_key); };
  const auto found = std::ranges::lower_bound(cases, std::pair(key, second_key), {}, keys);
  return found != cases.end() && keys(*found) == std::pair(key, second_key) ? found->type : choice.otherwise;
}

std::span<const IoctlNode> find_ioctls(const Tables& tables, std::uint64_t code) {
  const auto found = std::ranges::equal_range(tables.ioctls, zero_extend(code, 4), {}, &IoctlNode::code);
  return {found.begin(), found.end()};
}

const SockoptNode* find_sockopt(const Tables& tables, std::uint64_t level, std::uint64_t option) {
  const auto keys = [](const SockoptNode& s) { return std::pair(s.level, s.option); };
  const auto wanted = std::pair(zero_extend(level, 4), zero_extend(option, 4));
  const auto found = std::ranges::lower_bound(tables.sockopts, wanted, {}, keys);
  return found != tables.sockopts.end() && keys(*found) == wanted ? &*found : nullptr;
}

TypeId ioctl_argument_type(const Tables& tables, std::uint64_t code, TypeId otherwise) {
  for (const IoctlNode& node : find_ioctls(tables, code))
    if (node.type != 0) return node.type;
  return otherwise;
}

TypeId sockopt_value_type(const Tables& tables, std::uint64_t level, std::uint64_t option, TypeId otherwise) {
  const SockoptNode* found = find_sockopt(tables, level, option);
  if (found == nullptr) found = find_sockopt(tables, level, kOtherSockopt);
  return found == nullptr || found->type == 0 ? otherwise : found->type;
}

TypeId find_named_type(const Tables& tables, std::string_view name) {
  const auto named = [&](const NamedTypeNode& node) { return tables.string(node.name); };
  const auto found = std::ranges::lower_bound(tables.named_types, name, {}, named);
  return found != tables.named_types.end() && named(*found) == name ? found->type : 0;
}

std::string_view find_name(const Tables& tables, const SetNode& set, std::uint64_t value, unsigned width) {
  const auto entries = tables.set_entries.subspan(set.first, set.count);
  const auto look_up = [&](std::uint64_t wanted) -> std::string_view {
    const auto found = set.sorted ? std::ranges::lower_bound(entries, wanted, {}, &SetEntry::value)
                                  : std::ranges::find(entries, wanted, &SetEntry::value);
    return found != entries.end() && found->value == wanted ? tables.string(found->name) : std::string_view();
  };
  const std::string_view name = look_up(value);
  if (!name.empty() || width >= 8) return name;
  const std::uint64_t negative = sign_extend(value, width);
  return negative != value ? look_up(negative) : name;
}

std::string_view find_name(const Tables& tables, std::string_view set_name, std::uint64_t value) {
  const TypeId id = find_named_type(tables, set_name);
  if (id == 0) return {};
  const TypeNode& type = tables.types[id];
  if (type.op != TypeOp::Enum && type.op != TypeOp::Flags) return {};
  return find_name(tables, tables.sets[type.a], value, 4);
}

std::optional<std::uint32_t> find_number(const Tables& tables, std::string_view name) {
  for (std::uint32_t number = 0; number < tables.calls.size(); ++number)
    if (tables.calls[number].name != 0 && tables.string(tables.calls[number].name) == name) return number;
  return std::nullopt;
}

}  // namespace tether::decode
