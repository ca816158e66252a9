#pragma once
// StandIn: a task of another process that exists for a moment, to lead a process group.
//
// A process group's leader cannot make a session (setsid(2)), and a session's leader cannot leave its terminal without
// a hangup for the group in the foreground (ioctl_tty(2), TIOCNOTTY). Both are solved by a second process that takes
// the place: a clone(2) that shares the memory, is traced from its first moment (CLONE_PTRACE) and never runs an
// instruction of the process but the system calls that we make in it.

#include <cstdint>
#include <optional>
#include <utility>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/control/remote_calls.h"
#include "tether/tracee/hold.h"

namespace tether {

class StandIn {
 public:
  /// Makes one in the session of the process, at the head of a group of its own. `calls` must outlive it. Errors:
  /// Unsupported if the process lives in a pid namespace of its own; those of clone.
  static Result<StandIn> make(RemoteCalls& calls, Pid pid);

  StandIn(StandIn&& other) noexcept
      : calls_(std::exchange(other.calls_, nullptr)), task_(std::move(other.task_)), id_(other.id_) {}
  StandIn& operator=(StandIn&&) = delete;
  ~StandIn();  ///< kills it, and lets the process reap it

  /// Its id, and that of its group.
  std::int32_t id() const { return id_; }

 private:
  StandIn(RemoteCalls& calls, HeldTask task) : calls_(&calls), task_(std::move(task)), id_(task_->tid().value) {}
  Result<void> lead_group();
  RemoteCalls* calls_;
  std::optional<HeldTask> task_;
  std::int32_t id_;
};

}  // namespace tether
