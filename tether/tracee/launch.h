#pragma once
// Launch: a command born as a tracee, held still at the entry of its execve.
//
// The child of the fork waits on a pipe for "go" while the parent seizes it, so no SIGSTOP is ever sent and nothing of the
// command runs unobserved. If execve fails, the child writes its errno into a second pipe, which a successful exec closes.

#include <span>

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
  UniqueFd exec_error;  ///< an int errno can be read from here once execve has failed; end of file: it succeeded
};

/// Forks and holds the child. On return the child stands, seized and not consumed, at the entry of its execve (LaunchOptions::Entry
/// Seize) or behind it (TraceMe: its first SIGTRAP). `filter` is installed right before, with no_new_privs where the caller lacks CAP_SYS_ADMIN.
/// Must be called on the tracer's thread. Errors: PermissionDenied (ptrace forbidden), Io (fork, pipe), NotFound.
Result<LaunchedChild> launch(const Command& command, const LaunchOptions& options, sys::TraceOptions trace,
                             std::span<const BpfInstruction> filter);

/// The errno that a failed execve left in the pipe; 0 if it succeeded or has not been tried yet. Does not block.
int read_exec_error(const LaunchedChild& child);

}  // namespace tether
