#pragma once
// Which parts of an address space are meant.
//
//   heap  stack  anon  writable  all  libc.so.6  /usr/lib/x.so  [vdso]  0x7f0000-0x7f8000  0x7f0000+4k
//
//   const auto ranges = TETHER_TRY(select_ranges(maps, {"heap", "stack"}));

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/procfs/maps.h"
#include "tether/procfs/page_map.h"

namespace tether {

/// A mapping, or the part of one that was asked for.
struct MemoryRange {
  RemoteAddr start;
  RemoteAddr end;
  bool is_private_anonymous = false;  ///< pages that are not there hold zeros
  std::uint64_t size() const { return end.value - start.value; }
};

/// The readable mappings, or parts of them, that any of the words means; all of them if there is no word. Ascending,
/// without overlaps. The kernel's own pages [vvar] and [vsyscall] are never among them. Malformed for a word that means
/// nothing, NotFound for one that this process has nothing of.
Result<std::vector<MemoryRange>> select_ranges(std::span<const procfs::Mapping> maps,
                                               const std::vector<std::string>& words);

/// "0x1000-0x2000", "0x1000+64k": both ends as they stand there. Absent if it has not that form.
std::optional<procfs::PageRun> parse_span(std::string_view text);

/// What of the ranges is to be read: all of what files and shared memory hold, and of anonymous memory the pages that
/// exist. Ascending, adjacent ones joined. Errors: those of read_populated_runs.
Result<std::vector<procfs::PageRun>> find_contents(Tid tid, std::span<const MemoryRange> ranges);

}  // namespace tether
