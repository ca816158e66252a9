#pragma once
// /proc/PID/pagemap: which pages of a process there are (Documentation/admin-guide/mm/pagemap.rst).
//
// Reading memory that a process never touched makes the kernel build page tables for it; a program that has reserved
// terabytes would feel that. So whoever reads much asks here first.
//
//   for (const PageRun& run : TETHER_TRY(procfs::read_populated_runs(tid, heap.start, heap.end))) …

#include <vector>

#include "tether/base/ids.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"

namespace tether::procfs {

struct PageRun {
  RemoteAddr start;
  RemoteAddr end;  ///< the first address behind it
  std::uint64_t size() const { return end.value - start.value; }
  friend constexpr bool operator==(const PageRun&, const PageRun&) = default;
};

/// The parts of [start, end), both at page boundaries, whose pages are in memory or swapped out, ascending and not
/// adjacent. Says nothing of what a file holds that is not mapped yet. Errors: NotFound, TraceeGone, PermissionDenied.
Result<std::vector<PageRun>> read_populated_runs(Tid tid, RemoteAddr start, RemoteAddr end);

}  // namespace tether::procfs
