#include "tether/procfs/resource_limits.h"

#include "tether/procfs/internal/fields.h"
#include "tether/procfs/text_file.h"

namespace tether::procfs {

namespace {

// fs/proc/base.c, proc_pid_limits: "%-25s %-20s %-20s %-10s\n". A name is never longer than its column.
constexpr std::size_t kNameWidth = 25;
constexpr std::string_view kPrefix = "Max ";

std::optional<Limit> parse_limit_line(std::string_view line) {
  if (!line.starts_with(kPrefix) || line.size() <= kNameWidth) return std::nullopt;
  Limit limit{.name = std::string(without_blanks(line.substr(kPrefix.size(), kNameWidth - kPrefix.size())))};
  std::string_view rest = line.substr(kNameWidth);
  const std::string_view soft = take_word(rest);
  const std::string_view hard = take_word(rest);
  limit.soft = find_number<std::uint64_t>(soft);
  limit.hard = find_number<std::uint64_t>(hard);
  limit.unit = take_word(rest);
  const bool is_whole = (limit.soft || soft == "unlimited") && (limit.hard || hard == "unlimited");
  return is_whole ? std::optional(limit) : std::nullopt;
}

}  // namespace

Result<std::vector<Limit>> parse_limits(std::string_view text) {
  std::vector<Limit> limits;
  while (!text.empty())
    if (auto limit = parse_limit_line(take_line(text))) limits.push_back(std::move(*limit));
  if (limits.empty())
    return fail({.code = ErrorCode::Malformed, .message = "/proc/PID/limits: no limit in it", .hint = {}});
  return limits;
}

Result<std::vector<Limit>> read_limits(Pid pid) {
  return parse_limits(TETHER_TRY(read_text_file(path_in_proc(leader_of(pid), "limits"))));
}

}  // namespace tether::procfs
