#include "tether/procfs/page_map.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "tether/base/unique_fd.h"

namespace tether::procfs {

namespace {
// pagemap.rst; no header of the kernel has them.
constexpr std::uint64_t kPresent = std::uint64_t{1} << 63;
constexpr std::uint64_t kSwapped = std::uint64_t{1} << 62;
}  // namespace

Result<std::vector<PageRun>> read_populated_runs(Tid tid, RemoteAddr start, RemoteAddr end) {
  const std::string path = "/proc/" + std::to_string(tid.value) + "/pagemap";
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return fail(errno_error(errno, path));
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::vector<PageRun> runs;
  std::vector<std::uint64_t> entries(8192);
  for (RemoteAddr at = start; at < end;) {
    const std::size_t wanted = std::min<std::uint64_t>(entries.size(), (end.value - at.value) / page);
    const ssize_t got = ::pread(file.get(), entries.data(), wanted * sizeof(std::uint64_t),
                                static_cast<off_t>(at.value / page * sizeof(std::uint64_t)));
    if (got < 0) return fail(errno_error(errno, path));
    const std::size_t count = static_cast<std::size_t>(got) / sizeof(std::uint64_t);
    if (count == 0) break;  // the process is gone, or `end` lies beyond what it may have
    for (std::size_t i = 0; i < count; ++i, at = at + page) {
      if ((entries[i] & (kPresent | kSwapped)) == 0) continue;
      if (!runs.empty() && runs.back().end == at)
        runs.back().end = at + page;
      else
        runs.push_back({at, at + page});
    }
  }
  return runs;
}

}  // namespace tether::procfs
