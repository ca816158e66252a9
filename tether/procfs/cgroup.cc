#include "tether/procfs/cgroup.h"

#include "tether/procfs/internal/fields.h"
#include "tether/procfs/text_file.h"

namespace tether::procfs {

std::vector<Cgroup> parse_cgroups(std::string_view text) {
  std::vector<Cgroup> groups;
  while (!text.empty()) {
    std::string_view line = take_line(text);
    const auto hierarchy = find_number<std::uint32_t>(take_field(line, ':'));
    const std::string_view controllers = take_field(line, ':');
    if (!hierarchy || !line.starts_with('/')) continue;
    groups.push_back({.hierarchy = *hierarchy, .controllers = std::string(controllers), .path = std::string(line)});
  }
  return groups;
}

Result<std::vector<Cgroup>> read_cgroups(Pid pid) {
  const auto text = read_text_file(path_in_proc(leader_of(pid), "cgroup"));
  if (!text.has_value() && text.error().code == ErrorCode::NotFound) return std::vector<Cgroup>{};
  if (!text.has_value()) return fail(text.error());
  return parse_cgroups(*text);
}

}  // namespace tether::procfs
