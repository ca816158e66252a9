#pragma once
// /proc/PID/smaps: the address space of a process with what each mapping costs (proc(5)).
//
//   for (const MappingUse& use : TETHER_TRY(read_smaps(pid))) total += use.resident;

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/procfs/maps.h"

namespace tether::procfs {

/// All amounts are bytes.
struct MappingUse {
  Mapping mapping;
  std::uint64_t resident = 0;      ///< Rss: pages in memory
  std::uint64_t proportional = 0;  ///< Pss: each page divided by the number of processes that share it
  std::uint64_t private_clean = 0;
  std::uint64_t private_dirty = 0;  ///< changed, and nobody else's
  std::uint64_t shared_clean = 0;
  std::uint64_t shared_dirty = 0;
  std::uint64_t anonymous = 0;  ///< belongs to no file: also pages of a file's private mapping that were written to
  std::uint64_t swapped = 0;
  std::uint64_t locked = 0;
  std::uint64_t huge_pages = 0;  ///< AnonHugePages, ShmemPmdMapped and FilePmdMapped: in huge pages
  std::uint64_t page_size = 0;   ///< KernelPageSize
  std::string flags;             ///< VmFlags: two letters each: "rd wr mr mw me ac"
};

/// Malformed if a line that begins a mapping is none (parse_maps).
Result<std::vector<MappingUse>> parse_smaps(std::string_view text);

/// PermissionDenied without the right to trace the process (PTRACE_MODE_READ); NotFound, TraceeGone if there is none.
/// The kernel walks the page tables for it, which costs the reader time, not the process.
Result<std::vector<MappingUse>> read_smaps(Pid pid);

}  // namespace tether::procfs
