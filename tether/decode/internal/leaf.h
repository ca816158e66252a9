#pragma once
// Leaf: a scalar as the walker found it, to be made a Value by its kind.
//
// One small function per kind, in kinds_*.cc by subject and irregular/*.cc; leaf.cc has the table of them. They are
// pure: all that they may look at is here.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "tether/decode/kind.h"
#include "tether/decode/tables.h"
#include "tether/event/arena.h"
#include "tether/event/value.h"

namespace tether::decode {

struct Leaf {
  const TypeNode& type;
  std::uint64_t number = 0;  ///< zero-extended from width
  unsigned width = 0;
  std::span<const std::byte> bytes{};  ///< from where the value begins to the end of what is there; empty in a register
  std::uint64_t parameter = 0;         ///< the value of the expression that the kind has as its parameter
  std::string_view text{};             ///< of a descriptor or an interface: what it refers to; of a process: its name
  std::string_view details{};          ///< of a descriptor: what CaptureSource::read_fd_details said
  std::string_view label{};            ///< of the field that it is
};

struct LeafContext {
  const Tables& tables;
  Abi abi;
  Arena& arena;
};

/// What the kind of `leaf` makes of it.
Value make_leaf(const LeafContext& context, const Leaf& leaf);

// ── building Values (values.cc) ──

Value integer(std::uint64_t number, NumberStyle style);
Value verbatim(Arena& arena, std::uint64_t number, std::string_view text);
Value string_value(std::string_view bytes);
Value call_value(Arena& arena, std::uint64_t number, std::string_view function, std::span<const Value> args);
Value list_value(Arena& arena, std::span<const Value> elements);
Value record_value(Arena& arena, std::span<const Value> fields);
Value labelled(std::string_view label, Value value);

/// An enumerator: `name`, or the bare number if it is empty.
Value enumerator(Arena& arena, std::uint64_t number, std::string_view name, std::string_view unknown_tag);

/// Text as the bytes that it is.
inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// ── flag words and enumerators (symbols.cc) ──

Value flags_value(const LeafContext& context, const SetNode& set, std::uint64_t number, unsigned width);
Value enum_value(const LeafContext& context, const SetNode& set, std::uint64_t number, unsigned width);
Value bits_value(const LeafContext& context, const BitsNode& bits, std::uint64_t number, unsigned width);

// ── kinds, by subject ──

using LeafFunction = Value (*)(const LeafContext&, const Leaf&);

Value signed_leaf(const LeafContext&, const Leaf&);
Value unsigned_leaf(const LeafContext&, const Leaf&);
Value hex_leaf(const LeafContext&, const Leaf&);
Value octal_leaf(const LeafContext&, const Leaf&);
Value hex8_leaf(const LeafContext&, const Leaf&);
Value pages_leaf(const LeafContext&, const Leaf&);
Value address_leaf(const LeafContext&, const Leaf&);
Value pid_leaf(const LeafContext&, const Leaf&);
Value owner_leaf(const LeafContext&, const Leaf&);
Value rlim_leaf(const LeafContext&, const Leaf&);
Value capability_set_leaf(const LeafContext&, const Leaf&);
Value error_leaf(const LeafContext&, const Leaf&);
Value ioprio_leaf(const LeafContext&, const Leaf&);
Value quota_command_leaf(const LeafContext&, const Leaf&);
Value kernel_version_leaf(const LeafContext&, const Leaf&);
Value epoll_data_leaf(const LeafContext&, const Leaf&);
Value syscall_number_leaf(const LeafContext&, const Leaf&);
Value futex_op_word_leaf(const LeafContext&, const Leaf&);

Value descriptor_leaf(const LeafContext&, const Leaf&);
/// The note of a descriptor with such details.
std::string_view descriptor_note(const LeafContext& context, std::string_view details);
Value umode_leaf(const LeafContext&, const Leaf&);
Value filemode_leaf(const LeafContext&, const Leaf&);
Value device_leaf(const LeafContext&, const Leaf&);
Value ioctl_command_leaf(const LeafContext&, const Leaf&);
Value fdset_leaf(const LeafContext&, const Leaf&);
Value cpumask_leaf(const LeafContext&, const Leaf&);

Value epoch_leaf(const LeafContext&, const Leaf&);
Value clockid_leaf(const LeafContext&, const Leaf&);

Value signal_leaf(const LeafContext&, const Leaf&);
Value sigset_leaf(const LeafContext&, const Leaf&);
Value handler_leaf(const LeafContext&, const Leaf&);
Value wait_status_leaf(const LeafContext&, const Leaf&);
Value siginfo_leaf(const LeafContext&, const Leaf&);

Value be16_leaf(const LeafContext&, const Leaf&);
Value le16_leaf(const LeafContext&, const Leaf&);
Value be32_leaf(const LeafContext&, const Leaf&);
Value inet4_leaf(const LeafContext&, const Leaf&);
Value inet6_leaf(const LeafContext&, const Leaf&);
Value inet_of_leaf(const LeafContext&, const Leaf&);
Value unix_path_leaf(const LeafContext&, const Leaf&);
Value interface_leaf(const LeafContext&, const Leaf&);
Value mac_leaf(const LeafContext&, const Leaf&);
Value sockopt_name_leaf(const LeafContext&, const Leaf&);

Value bpf_program_leaf(const LeafContext&, const Leaf&);
Value old_dirents_leaf(const LeafContext&, const Leaf&);
Value user_offset_leaf(const LeafContext&, const Leaf&);

/// A signal by name; one that does not exist is a plain signed number: kill(1, 0), kill(1, -1). Its number is decimal.
Value signal_value(Arena& arena, std::uint64_t number, unsigned width);

/// A set of signals as names; more than two thirds of them, as all but the rest (strace's rule).
Value signal_set(Arena& arena, std::uint64_t bits, unsigned width);

/// siginfo_t in the layout of an ABI: {si_signo=SIGCHLD, si_code=CLD_EXITED, …}. `name`: of the process si_pid.
Value siginfo_value(const LeafContext& context, std::span<const std::byte> bytes, Abi layout, std::string_view name);

/// What si_pid is, if there is a si_pid in these bytes.
std::int32_t siginfo_pid(std::span<const std::byte> bytes, Abi layout);

}  // namespace tether::decode
