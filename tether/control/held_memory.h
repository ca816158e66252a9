#pragma once
// HeldMemory: nobody runs code in an address space.
//
// All threads of a process are held, and those of all other processes that share its memory (CLONE_VM: vfork, and
// programs that use clone(2) by hand).
//
//   HeldMemory held = TETHER_TRY(HeldMemory::seize(pid));
//   if (auto inside = TETHER_TRY(held.clear(start, end, deadline))) …      // that thread does not leave

#include <chrono>
#include <optional>
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

  /// Sees to it that no thread stands within (start, end), or in a system call that it would make anew from there: one
  /// that does is let run for a moment, alone, until it has left. Returns the thread that has not by the deadline or
  /// cannot; absent if all have. One that stands at `start` itself is not inside.
  Result<std::optional<Tid>> clear(RemoteAddr start, RemoteAddr end, std::chrono::steady_clock::time_point deadline);

  /// Whether there are threads that are not held: a thread that ran for a moment may have made one.
  bool has_newcomers() const;

 private:
  struct Inside {
    Tid tid;
    HeldTask* task = nullptr;  ///< null: it sleeps in the kernel, and is not held
  };
  std::optional<Inside> find_inside(RemoteAddr start, RemoteAddr end);

  Pid pid_;
  std::vector<HeldProcess> processes_;
};

/// The other processes that have the address space of `pid`. Those that may not be asked are taken for strangers.
Result<std::vector<Pid>> find_memory_sharers(Pid pid);

}  // namespace tether
