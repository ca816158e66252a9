#pragma once
// A command started for a verb that works on processes: `tether regs -- /bin/ls`.
//
// It is stopped by SIGSTOP before its first instruction and has no tracer, so that the verb finds a process like any
// other that stands still. The command is a child of this process, with its terminal and process group.
//
//   const auto launched = launch_stopped(words.command);
//   if (!launched.has_value()) return complain_of_launch(launched.error());
//   int status = run_change(settings, {launched->pid}, work);
//   return finish(*launched, status);

#include <vector>

#include "tether/base/error.h"
#include "tether/base/ids.h"
#include "tether/base/result.h"

namespace tether::cli {

struct LaunchedTarget {
  Pid pid;
};

/// Errors: NotFound, PermissionDenied as resolve_command(); the errno of execve.
Result<LaunchedTarget> launch_stopped(const std::vector<char*>& argv);

/// Says why, and returns 126, 127 or 125 (product.md, exit status).
int complain_of_launch(const Error& error);

/// With `status` 0, lets the command go on, waits for its end, and returns its exit status; dies of the signal that it
/// died of. With another one the verb has failed: the command, which has not begun, is killed, and `status` returned.
int finish(const LaunchedTarget& launched, int status);

}  // namespace tether::cli
