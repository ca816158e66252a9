#pragma once
// Event: one thing that happened to a tracee, decoded. What sinks hear.
//
// An Event is a view: everything it refers to is valid only during the call that hands it over.
//
// A system call reaches a sink in one of two ways. Usually nothing else happened between its entry and its exit, and
// the sink hears one SyscallEvent with phase Whole. Otherwise it hears Enter (the arguments that mean something
// before the call) and later Exit (the arguments from `first_arg` on, and the result). A call that never returns
// (exit_group, a killed thread) has only its Enter. Sinks that want whole calls only say so (Sink::wants_whole_calls).

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "tether/arch/abi.h"
#include "tether/base/ids.h"
#include "tether/event/value.h"

namespace tether {

/// Where and when. Times are CLOCK_MONOTONIC nanoseconds, taken while the tracee was stopped; 0 if not asked for.
struct Origin {
  Tid tid;
  Pid pid;
  std::uint64_t time_ns = 0;
  std::string_view command;  ///< the task's comm, if asked for
};

struct SyscallResult {
  enum class Kind : std::uint8_t {
    Returned,  ///< value
    Failed,    ///< error, error_name, error_text; value is -1
    Restart,   ///< error is one of the kernel's internal 512…516: interrupted, the kernel may restart it
    Never,     ///< the call did not return, or its return was not seen (detached, killed, exec'd away): prints `?`
  };
  Kind kind = Kind::Returned;
  std::int64_t value = 0;
  Errno error;
  std::string_view error_name;     ///< "ENOENT", "ERESTARTSYS"; empty if unknown
  std::string_view error_text;     ///< "No such file or directory"
  const Value* decoded = nullptr;  ///< the value as an fd, address, flags …; null: a plain signed number
  std::string_view note;           ///< "flags O_RDONLY", "Timeout", "in [3]": printed in parentheses
};

enum class Phase : std::uint8_t { Enter, Exit, Whole };

/// The classes of strace's `-e trace=%class` that a call belongs to, as bits of ClassBits (event/syscall_class.h).
using ClassBits = std::uint32_t;

/// Data that a call moved, if all of it was asked for: one buffer of it.
struct DataPiece {
  std::string_view bytes;          ///< fewer than `length` if the rest could not be read or is more than is captured
  std::uint64_t length = 0;        ///< not 0
  bool is_in_vector = false;       ///< it is one of an iovec's
  bool is_in_message = false;      ///< of one of several messages
  std::uint32_t buffer = 0;        ///< which of the iovec's elements
  std::uint32_t message = 0;       ///< which of the messages, and
  std::uint64_t buffer_count = 0;  ///< how many elements its iovec has
};

struct SyscallEvent {
  Phase phase = Phase::Whole;
  SyscallNr nr;
  std::string_view name;  ///< "openat"; "syscall_0x1d9" if the number has no name
  ClassBits classes = 0;
  std::uint8_t first_arg = 0;       ///< index of args[0] among the call's arguments (non-zero only in Exit)
  bool more_args = false;           ///< Enter: further arguments follow at the exit
  std::span<const Value> args;      ///< each labelled with its argument's name
  SyscallResult result;             ///< Exit, Whole
  std::span<const DataPiece> data;  ///< Exit, Whole: if asked for
  std::uint64_t entry_time_ns = 0;  ///< Exit, Whole: when the call was entered
  std::uint64_t cpu_time_ns = 0;    ///< Exit, Whole: system time used by the call, if asked for
  std::uint64_t instruction_pointer = 0;
};

struct SignalEvent {
  Signal signal;
  std::string_view name;                             ///< "SIGCHLD", "SIGRT_3"
  std::optional<std::uint64_t> instruction_pointer;  ///< if asked for
  Value info;  ///< Record {si_signo=…, si_code=…, …}; its children() are empty if it was not readable
};

/// A group-stop: the process was stopped by this signal (strace: --- stopped by SIGTSTP ---).
struct StoppedEvent {
  Signal signal;
  std::string_view name;
  std::optional<std::uint64_t> instruction_pointer;  ///< if asked for
};

struct ExitedEvent {
  std::int32_t status = 0;
};

struct KilledEvent {
  Signal signal;
  std::string_view name;
  bool core_dumped = false;
};

/// A task came under observation: attached to, or born of an observed one.
struct AttachedEvent {
  std::optional<Tid> parent;  ///< whose clone/fork made it; absent if attached from outside
};

/// The tracee was let go while alive.
struct DetachedEvent {};

/// exec by a thread that was not the leader: from here on it goes by its leader's id, and `by` is the id it had.
struct SupersededEvent {
  Tid by;
};

/// Something that could not be observed, said rather than dropped (product.md, Tell the truth).
struct NoticeEvent {
  std::string_view text;
};

struct Event {
  Origin origin;
  std::variant<SyscallEvent, SignalEvent, StoppedEvent, ExitedEvent, KilledEvent, AttachedEvent, DetachedEvent,
               SupersededEvent, NoticeEvent>
      what;
};

}  // namespace tether
