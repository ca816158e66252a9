#pragma once
// Look-ups in the tables, and the arithmetic of expressions: what both walkers need and no template has to know.

#include <optional>
#include <string_view>

#include "tether/decode/kind.h"
#include "tether/decode/tables.h"

namespace tether::decode {

constexpr std::int32_t kAtFdcwd = -100;  // linux/fcntl.h

constexpr bool is_descriptor(Kind kind) {
  return kind == Kind::Fd || kind == Kind::Dirfd;
}

constexpr bool is_kind(const TypeNode& type, Kind kind) {
  return (type.op == TypeOp::Scalar || type.op == TypeOp::Text) && type.kind == static_cast<std::uint8_t>(kind);
}

/// True if /proc can say what `fd` refers to.
constexpr bool names_something(Kind kind, std::int32_t fd) {
  return fd >= 0 || (kind == Kind::Dirfd && fd == kAtFdcwd);
}

/// Kinds that bring brackets or braces of their own, so that a pointer to one adds none.
constexpr bool has_own_notation(Kind kind) {
  return kind == Kind::Sigset || kind == Kind::Siginfo || kind == Kind::Fdset || kind == Kind::Cpumask ||
         kind == Kind::Dirents || kind == Kind::BpfProg || kind == Kind::EpollData || kind == Kind::UnixPath ||
         kind == Kind::SockoptValue || kind == Kind::IoctlArg;
}

/// Bytes that a scalar kind without a width of its own takes in memory: what its notation shows of the `rest`
/// available.
std::uint64_t scalar_extent(Kind kind, Abi abi, std::uint64_t first_arg, std::uint64_t rest);

constexpr bool has_two_operands(ExprOp op) {
  return op >= ExprOp::BitAnd && op <= ExprOp::Or;
}
constexpr bool has_operands(ExprOp op) {
  return has_two_operands(op) || op == ExprOp::Not || op == ExprOp::Deref;
}

/// The binary operators of ExprOp, on 64-bit numbers; comparisons are signed. Total: shifts by 64 and more give 0.
std::uint64_t apply_operator(ExprOp op, std::uint64_t a, std::uint64_t b);

/// From what the capture noted of a socket ("NETLINK:16", "TCPv6"): all ones if it cannot tell.
std::uint64_t answer_host_query(HostQuery query, std::string_view protocol);

/// The variant for `key`, or the call's `else`.
const CallVariant& find_variant(const Tables& tables, const CallNode& node, std::uint64_t key);

TypeId find_case(const Tables& tables, const ChoiceNode& choice, std::uint64_t key, std::uint64_t second_key);

/// All ioctls of that request code: several names may share one.
std::span<const IoctlNode> find_ioctls(const Tables& tables, std::uint64_t code);

/// Null if unknown.
const SockoptNode* find_sockopt(const Tables& tables, std::uint64_t level, std::uint64_t option);

TypeId ioctl_argument_type(const Tables& tables, std::uint64_t code, TypeId otherwise);
TypeId sockopt_value_type(const Tables& tables, std::uint64_t level, std::uint64_t option, TypeId otherwise);

/// A named type of the descriptions, 0 if there is none.
TypeId find_named_type(const Tables& tables, std::string_view name);

/// The name of `value` in a sorted set, empty if it has none. `width`: of the number in the tracee; a negative constant
/// is also found by its truncated form.
std::string_view find_name(const Tables& tables, const SetNode& set, std::uint64_t value, unsigned width);

/// The same in the set called `set_name`.
std::string_view find_name(const Tables& tables, std::string_view set_name, std::uint64_t value);

/// The number of the call `name` in a table.
std::optional<std::uint32_t> find_number(const Tables& tables, std::string_view name);

}  // namespace tether::decode
