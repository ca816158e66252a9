#include "tether/control/internal/stand_in.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <string>

#include "tether/control/scratch.h"
#include "tether/procfs/status.h"
#include "tether/sys/wait.h"

namespace tether {

Result<StandIn> StandIn::make(RemoteCalls& calls, Pid pid) {
  const procfs::Status status = TETHER_TRY(procfs::read_status(leader_of(pid)));
  if (status.namespace_ids.size() > 1)
    return fail({.code = ErrorCode::Unsupported,
                 .message = "process " + std::to_string(pid.value) + " lives in a pid namespace of its own",
                 .hint = "run tether in it: nsenter(1) with --pid --mount"});
  // Without a signal at its end (the low byte), so that only wait4 with __WALL sees it: the process's own waits do not.
  const std::uint64_t flags = CLONE_VM | CLONE_PTRACE;
  const std::int64_t result = TETHER_TRY(calls.call(RemoteCall::Clone, {flags, 0, 0, 0, 0, 0}));
  const std::uint64_t id = TETHER_TRY(checked(result, "clone in the process"));
  const Tid tid(static_cast<std::int32_t>(id));
  auto stop = await_stop(tid, std::chrono::milliseconds(1000));
  if (!stop.has_value()) {
    ::kill(tid.value, SIGKILL);
    return fail(std::move(stop).error());
  }
  StandIn stand_in(calls, HeldTask(std::move(*stop)));
  TETHER_CHECK(stand_in.lead_group());
  return stand_in;
}

Result<void> StandIn::lead_group() {
  RemoteCalls own = TETHER_TRY(RemoteCalls::begin(*task_, {.confined = RemoteCallOptions::Confined::TryAnyway}));
  TETHER_TRY(checked(TETHER_TRY(own.call(RemoteCall::Setpgid, {0, 0, 0, 0, 0, 0})), "setpgid"));
  return own.end();
}

StandIn::~StandIn() {
  if (calls_ == nullptr) return;
  // Killed before it is let go: it must not run on in the process's memory.
  ::kill(id_, SIGKILL);
  task_.reset();
  if (const auto end = sys::peek(Tid(id_), sys::Blocking::Yes, sys::WithUsage::No); end.has_value() && *end)
    [[maybe_unused]] const auto ours = sys::reap(**end);
  [[maybe_unused]] const auto theirs =
      calls_->call(RemoteCall::Wait4, {static_cast<std::uint64_t>(id_), 0, __WALL, 0, 0, 0});
}

}  // namespace tether
