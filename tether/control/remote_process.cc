#include "tether/control/remote_process.h"

#include <utility>

#include "tether/procfs/task.h"

namespace tether {

namespace {

Result<HeldTask> hold_any(Pid pid) {
  auto leader = HeldTask::seize(leader_of(pid), {});
  // A leader may have ended before its threads, or sleep in vfork.
  if (leader.has_value()) return leader;
  if (const auto tids = procfs::read_task_ids(leader_of(pid)); tids.has_value())
    for (const Tid tid : *tids)
      if (tid != leader_of(pid))
        if (auto other = HeldTask::seize(tid, {}); other.has_value()) return other;
  return leader;
}

Result<void> work_in(HeldTask&& task, const RemoteCallOptions& options,
                     const std::function<Result<void>(RemoteCalls&)>& work) {
  RemoteCalls calls = TETHER_TRY(RemoteCalls::begin(task, options));
  auto worked = work(calls);
  auto ended = calls.end();
  if (!worked.has_value()) return worked;
  TETHER_CHECK(ended);
  return std::move(task).release();
}

}  // namespace

Result<void> with_remote_calls(Pid pid, const RemoteCallOptions& options,
                               const std::function<Result<void>(RemoteCalls&)>& work) {
  return work_in(TETHER_TRY(hold_any(pid)), options, work);
}

Result<void> with_remote_calls(Tid thread, const RemoteCallOptions& options,
                               const std::function<Result<void>(RemoteCalls&)>& work) {
  return work_in(TETHER_TRY(HeldTask::seize(thread, {})), options, work);
}

}  // namespace tether
