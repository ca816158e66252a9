#include "tether/procfs/process_list.h"

#include <dirent.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include "tether/procfs/task.h"

namespace tether::procfs {

Result<std::vector<Pid>> read_process_ids() {
  struct Closer {
    void operator()(DIR* d) const { ::closedir(d); }
  };
  const std::unique_ptr<DIR, Closer> directory(::opendir("/proc"));
  if (directory == nullptr) return fail(errno_error(errno, "/proc"));
  std::vector<Pid> pids;
  while (const dirent* entry = ::readdir(directory.get())) {
    const char* end = entry->d_name + std::strlen(entry->d_name);
    std::int32_t pid = 0;
    if (std::from_chars(entry->d_name, end, pid).ptr == end) pids.push_back(Pid(pid));
  }
  std::ranges::sort(pids);
  return pids;
}

Result<std::vector<Pid>> find_processes(std::string_view name) {
  constexpr std::size_t kCommLength = 15;  // TASK_COMM_LEN less its end, proc(5)
  std::vector<Pid> found;
  for (const Pid pid : TETHER_TRY(read_process_ids()))
    if (read_comm(leader_of(pid)) == name.substr(0, kCommLength)) found.push_back(pid);
  return found;
}

}  // namespace tether::procfs
