#include "tether/procfs/process_list.h"

#include <dirent.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <map>
#include <memory>

#include "tether/procfs/mount_options.h"
#include "tether/procfs/stat.h"
#include "tether/procfs/task.h"

namespace tether::procfs {

Result<std::vector<Pid>> read_process_ids() {
  TETHER_CHECK(check_mounted());
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

Result<std::vector<Pid>> read_descendants(Pid root) {
  std::multimap<Pid, Pid> children;
  for (const Pid pid : TETHER_TRY(read_process_ids()))
    if (const auto stat = read_stat(pid); stat.has_value() && pid != root) children.emplace(stat->parent, pid);
  std::vector<Pid> tree = {root};
  for (std::size_t at = 0; at < tree.size(); ++at) {
    const auto [first, last] = children.equal_range(tree[at]);
    for (auto child = first; child != last; ++child) tree.push_back(child->second);
    children.erase(first, last);  // whatever the listing raced with, nobody comes twice
  }
  return tree;
}

}  // namespace tether::procfs
