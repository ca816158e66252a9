#pragma once
// /proc/PID/syscall (proc(5)): the system call that a task is in, and where it stands, without stopping it.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tether/base/ids.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"

namespace tether::procfs {

/// What holds a task that is not running.
struct CurrentCall {
  bool is_running = false;              ///< on a CPU or about to be: nothing else is known
  std::optional<std::uint32_t> number;  ///< of the call, in the table of the task's ABI; absent: blocked in none
  std::array<std::uint64_t, 6> args{};
  RemoteAddr stack_pointer;
  RemoteAddr instruction;
};

/// Malformed for anything but "running" and the numbers of a blocked task.
Result<CurrentCall> parse_current_call(std::string_view text);

/// PermissionDenied without the right to trace the task (PTRACE_MODE_ATTACH). NotFound if there is no such task, or if
/// the kernel was built without CONFIG_HAVE_ARCH_TRACEHOOK.
Result<CurrentCall> read_current_call(Tid tid);

/// The function of the kernel that the task sleeps in (wchan); empty if it does not, or if the kernel does not tell.
std::string read_wait_channel(Tid tid);

}  // namespace tether::procfs
