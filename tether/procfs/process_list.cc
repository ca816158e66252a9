#include "tether/procfs/process_list.h"

#include <dirent.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <unordered_map>

#include "tether/procfs/status.h"
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

Result<std::vector<Pid>> read_descendants(Pid ancestor) {
  std::unordered_multimap<Pid, Pid> children;
  for (const Pid pid : TETHER_TRY(read_process_ids()))
    if (const auto status = read_status(leader_of(pid)); status.has_value()) children.emplace(status->parent, pid);
  std::vector<Pid> family{ancestor};
  for (std::size_t i = 0; i < family.size(); ++i) {
    const auto [begin, end] = children.equal_range(family[i]);
    for (auto child = begin; child != end; ++child) family.push_back(child->second);
  }
  return family;
}

}  // namespace tether::procfs
