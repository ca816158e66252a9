#pragma once
// HeldMemory: nobody runs code in an address space.
//
// All threads of a process are held, and those of all other processes that share its memory (CLONE_VM: vfork, and
// programs that use clone(2) by hand).
//
//   HeldMemory held = TETHER_TRY(HeldMemory::seize(pid));
//   if (auto inside = held.find_inside(start, end)) …

#include <optional>
#include <string>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"
#include "tether/tracee/hold.h"

namespace tether {

class HeldMemory {
 public:
  /// Errors: those of HeldProcess::seize. A process that shares the memory and may not be attached to is an error too.
  /// Tasks asleep in the kernel are left out: they run no code before they are let go.
  static Result<HeldMemory> seize(Pid pid);

  /// The thread that would go on within (start, end), or would make a system call that stands there anew; absent if
  /// none. One that stands at `start` itself is not inside.
  std::optional<Tid> find_inside(RemoteAddr start, RemoteAddr end);

 private:
  std::vector<HeldProcess> processes_;
};

/// The other processes that have the address space of `pid`. Those that may not be asked are taken for strangers.
Result<std::vector<Pid>> find_memory_sharers(Pid pid);

}  // namespace tether
