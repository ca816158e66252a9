#pragma once
// Snapshots of threads: registers and stack copied while they stand still, to be unwound when they run again.
//
//   const ProcessSnapshot taken = TETHER_TRY(take_snapshots(pid, {}));
//   for (const TakenThread& thread : taken.threads)
//     if (thread.snapshot) unwinder.unwind(*thread.snapshot);

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/symbol/unwinder.h"
#include "tether/tracee/hold.h"

namespace tether {

/// How much of each stack is copied, at most. The rest of a deeper one is missing from its back trace, which says so.
inline constexpr std::size_t kMostStackBytes = 1u << 20;

/// Of one task that is held.
Result<symbol::ThreadSnapshot> take_snapshot(const HeldTask& task, std::size_t most_stack_bytes = kMostStackBytes);

struct TakenThread {
  Tid tid;
  std::optional<symbol::ThreadSnapshot> snapshot;
  bool was_asleep = false;  ///< it could not be stopped, and was read where it sleeps in the kernel
  std::string reason;       ///< why there is no snapshot
};

struct ProcessSnapshot {
  std::vector<TakenThread> threads;  ///< in the order of their ids
  std::uint64_t pause_ns = 0;        ///< from the first request to stop until all threads ran again
};

/// Of all threads of a process at one moment. Errors: those of HeldProcess::seize(). A thread that does not stop
/// (state D, a parent in vfork) sleeps in the kernel: what it had in its registers there is not told, so its snapshot
/// has the instruction pointer, the stack pointer and the call's arguments only.
Result<ProcessSnapshot> take_snapshots(Pid pid);

/// Of one thread.
Result<ProcessSnapshot> take_snapshots(Tid only);

}  // namespace tether
