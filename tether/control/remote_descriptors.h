#pragma once
// The descriptor table of another process, changed by the process's own system calls.
//
// These are the moves without a journal; descriptors.h has the changes that users make. None of them leaves a
// descriptor behind, whatever fails.
//
//   TETHER_CHECK(with_stopped_process(pid, {}, [&](RemoteCalls& calls) -> Result<void> {
//     const Fd received = TETHER_TRY(give_descriptor(calls, pid, copy.get()));
//     return move_descriptor(calls, received, Fd(1), CloseOnExec::No);
//   }));

#include <cstdint>
#include <functional>
#include <string>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/control/remote_calls.h"

namespace tether {

struct DescriptorImage;

enum class CloseOnExec : std::uint8_t { No, Yes };

CloseOnExec close_on_exec_of(const DescriptorImage& image);

/// Holds all threads of the process, so that none of them opens or closes anything meanwhile, and lets `work` make
/// calls in one of them. Calls that threads were blocked in are restarted when they are let go, and so see what has
/// become of their descriptor. Errors: those of HeldProcess::seize, of RemoteCalls and of `work`.
Result<void> with_stopped_process(Pid pid, const RemoteCallOptions& options,
                                  const std::function<Result<void>(RemoteCalls&)>& work);

/// Gives the process a descriptor for the open file description behind one of ours; it gets the lowest free number and
/// is close-on-exec. By a socket pair that the process makes for the time being (unix(7), SCM_RIGHTS). Errors: Io with
/// EMFILE if its table is full (three free numbers are needed).
Result<Fd> give_descriptor(RemoteCalls& calls, Pid pid, int ours);

/// open(2) by the process, in its own root and working directory; always close-on-exec and O_NOCTTY. `flags` are O_* of
/// the C library. Errors: Io, NotFound, PermissionDenied with open's errno.
Result<Fd> open_remotely(RemoteCalls& calls, Pid pid, const std::string& path, std::uint32_t flags, std::uint32_t mode);

/// dup3(2). Errors: Io with EBADF if `to` is beyond RLIMIT_NOFILE.
Result<void> copy_descriptor(RemoteCalls& calls, Pid pid, Fd from, Fd to, CloseOnExec close_on_exec);

/// The same, and closes `from`, also on error; with `to` the same, only its flag is set.
Result<void> move_descriptor(RemoteCalls& calls, Pid pid, Fd from, Fd to, CloseOnExec close_on_exec);

Result<void> close_remotely(RemoteCalls& calls, Fd fd);

Result<void> set_close_on_exec(RemoteCalls& calls, Fd fd, CloseOnExec close_on_exec);

}  // namespace tether
