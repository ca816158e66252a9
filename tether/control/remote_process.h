#pragma once
// Remote calls for those who do not care which thread of a process makes them.
//
//   TETHER_CHECK(with_remote_calls(pid, {}, [&](RemoteCalls& calls) -> Result<void> {
//     TETHER_TRY(checked(TETHER_TRY(calls.call(RemoteCall::Umask, {022})), "umask"));
//     return ok();
//   }));

#include <functional>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/control/remote_calls.h"

namespace tether {

/// Holds a thread of the process, the leader if it can be held, lets `work` make calls in it, and lets it go as it was.
/// Errors: those of HeldTask::seize for the leader, if no thread can be held; those of RemoteCalls and of `work`.
Result<void> with_remote_calls(Pid pid, const RemoteCallOptions& options,
                               const std::function<Result<void>(RemoteCalls&)>& work);

/// The same in this very thread.
Result<void> with_remote_calls(Tid thread, const RemoteCallOptions& options,
                               const std::function<Result<void>(RemoteCalls&)>& work);

}  // namespace tether
