#pragma once
// Launch: a command born as a tracee, held still at the entry of its execve.
//
// The child of the fork waits on a pipe for "go" while the parent seizes it, so no SIGSTOP is ever sent and nothing of
// the command runs unobserved. In a second pipe, which a successful exec closes, it says when it is ready, and why if it
// cannot become the command.

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "tether/base/bpf_instruction.h"
#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/base/unique_fd.h"
#include "tether/sys/ptrace.h"
#include "tether/tracee/command.h"
#include "tether/tracee/launch_options.h"

namespace tether {

struct LaunchedChild {
  Pid pid;
  UniqueFd failure;  ///< for find_launch_failure()
  std::string file;  ///< that it executes
};

/// Forks and holds the child. On return the child stands, seized and not consumed, at the entry of its execve
/// (LaunchOptions::Entry Seize) or behind it (TraceMe: its first SIGTRAP). `filter` is installed right before, with
/// no_new_privs where the caller lacks CAP_SYS_ADMIN. Must be called on the tracer's thread. Errors: PermissionDenied
/// (ptrace forbidden), Io (fork, pipe), NotFound.
Result<LaunchedChild> launch(const Command& command, const LaunchOptions& options, sys::TraceOptions trace,
                             std::span<const BpfInstruction> filter);

/// Where the tracer of become_traced_command() goes.
enum class TracerGroup : std::uint8_t {
  Same,        ///< stays in the command's process group
  OwnGroup,    ///< setpgid(2)
  OwnSession,  ///< setsid(2)
};

/// The other way round (strace -D): the calling process becomes the command, and returns from here as a grandchild of
/// itself that is to trace it. So whoever started the calling process has the command as its direct child. To be called
/// while the process has a single thread. The result is for LaunchOptions::waiting of the same command; a launch of it
/// installs no filter. Errors: Io (fork, pipe).
Result<WaitingProcess> become_traced_command(const Command& command, TracerGroup group);

/// Why the child has not become the command, with the way out: its execve failed, or it could not become the user
/// (LaunchOptions::user). Absent if it has, or has not tried yet. Does not block.
std::optional<Error> find_launch_failure(const LaunchedChild& child);

}  // namespace tether
