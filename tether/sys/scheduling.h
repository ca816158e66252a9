#pragma once
// Where tether's own threads run, and how readily they give way (sched(7)).

#include <bitset>
#include <cstddef>

#include "tether/base/ids.h"
#include "tether/base/result.h"

namespace tether::sys {

/// CPUs by their numbers; as many as glibc's cpu_set_t knows.
using CpuSet = std::bitset<1024>;

/// The CPUs that a task may run on; Tid() is the calling thread. sched_getaffinity(2).
Result<CpuSet> allowed_cpus(Tid tid);

/// Restricts a task to these CPUs; Tid() is the calling thread. sched_setaffinity(2). Errors: PermissionDenied,
/// TraceeGone.
Result<void> allow_cpus(Tid tid, const CpuSet& cpus);

/// The CPU that the calling thread is on now.
std::size_t current_cpu();

/// SCHED_IDLE: runs when nothing else wants the CPU, and gives way at once to whatever wakes up on it.
enum class Policy : bool { Normal, Idle };

/// True if the calling thread is under SCHED_OTHER and may enter SCHED_IDLE and come back: the way back takes
/// CAP_SYS_NICE or RLIMIT_NICE (sched(7), "SCHED_IDLE").
bool can_change_policy();

/// Tid() is the calling thread. sched_setscheduler(2). Errors: PermissionDenied, TraceeGone.
Result<void> set_policy(Tid tid, Policy policy);

}  // namespace tether::sys
