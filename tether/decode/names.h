#pragma once
// Names: system calls, errors and signals by number and number by name, for filters, decoders and people.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "tether/arch/abi.h"
#include "tether/base/ids.h"
#include "tether/decode/options.h"
#include "tether/event/event.h"
#include "tether/event/selection.h"

namespace tether::decode {

/// One row of a system call table. `name` lives as long as the program.
struct CallInfo {
  SyscallNr nr;  ///< from kFirstSubcall (tables.h) on: of a call that is made within another only
  std::string_view name;
  ClassBits classes = 0;
  std::uint8_t arg_count = 0;  ///< of a call whose arguments depend on one of them: the most that it can have
  bool never_returns = false;
};

/// The number of the call `name`, absent if this ABI has none of that name.
std::optional<SyscallNr> find_call(Abi abi, std::string_view name);

/// Empty if the number has no name.
std::string_view call_name(SyscallNr nr);

/// All calls of an ABI, ascending by number.
std::vector<CallInfo> list_calls(Abi abi);

/// What has to be recorded for these calls to be shown: i386's socketcall(2) and ipc(2) as well, if one of them may be
/// made within them.
SyscallSelection recorded_calls(const SyscallSelection& shown);

/// "ENOENT", "ERESTARTSYS"; empty if there is none.
std::string_view errno_name(Errno error);

/// "No such file or directory": the C library's text, untranslated; for the kernel's internal errors strace's. May be
/// empty.
std::string_view errno_text(Errno error);

/// "SIGCHLD", "SIGRTMIN", "SIGRT_3"; empty for what is no signal.
std::string_view signal_name(Signal signal);

/// The signal called `name`, with or without its SIG, in any case; or its number in decimal.
std::optional<Signal> find_signal(std::string_view name);

/// The error called `name`, or its number in decimal.
std::optional<Errno> find_errno(std::string_view name);

}  // namespace tether::decode
