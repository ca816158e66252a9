#pragma once
// Which terminal a process's Ctrl-C comes from: its session's controlling terminal.
//
//   TETHER_CHECK(take_controlling_terminal(pid, {}, slave.get()));

#include <cstdint>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/control/remote_calls.h"

namespace tether {

/// Makes `terminal`, a descriptor of ours, the process's controlling terminal: the process leads a session, a new one
/// unless it led one already, and leaves the terminal that that had without a hangup for anybody. Other members of its
/// process group are moved to another group of their session. A new session cannot be left again: there is no way back
/// into the old one. Errors: Unsupported if the process lives in a pid namespace of its own, PermissionDenied if the
/// terminal is another session's.
Result<void> take_controlling_terminal(Pid pid, const RemoteCallOptions& options, int terminal);

/// The process, a session's leader, has no controlling terminal any more, and gets no SIGHUP when `terminal`, which it
/// was, is closed.
Result<void> leave_controlling_terminal(Pid pid, const RemoteCallOptions& options, int terminal);

}  // namespace tether
