#include "tether/procfs/task.h"

#include <dirent.h>
#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include "tether/procfs/internal/fields.h"
#include "tether/procfs/stat.h"
#include "tether/procfs/text_file.h"

namespace tether::procfs {

namespace {

bool is_alive(Tid tid) {
  const auto stat = read_task_stat(tid);
  return stat.has_value() && stat->state != 'Z' && stat->state != 'X';
}

}  // namespace

Result<std::vector<Tid>> read_task_ids(Tid tid) {
  const std::string path = path_in_proc(tid, "task");
  struct Closer {
    void operator()(DIR* d) const { ::closedir(d); }
  };
  const std::unique_ptr<DIR, Closer> directory(::opendir(path.c_str()));
  if (directory == nullptr) return fail(open_error(errno, path));
  std::vector<Tid> tids;
  while (const dirent* entry = ::readdir(directory.get())) {
    std::int32_t id = 0;
    const char* end = entry->d_name + std::strlen(entry->d_name);
    if (std::from_chars(entry->d_name, end, id).ptr == end && id > 0) tids.push_back(Tid(id));
  }
  return tids;
}

Tid living_task_of(Pid pid) {
  const Tid leader = leader_of(pid);
  if (is_alive(leader)) return leader;
  const auto tids = read_task_ids(leader).value_or(std::vector<Tid>());
  const auto alive = std::ranges::find_if(tids, is_alive);
  return alive != tids.end() ? *alive : leader;
}

std::string living_path(Pid pid, std::string_view rest) {
  return path_in_proc(living_task_of(pid), rest);
}

std::string read_comm(Tid tid) {
  auto text = read_text_file(path_in_proc(tid, "comm"));
  if (!text.has_value()) return {};
  if (!text->empty() && text->back() == '\n') text->pop_back();
  return *text;
}

Result<int> parse_oom_score_adj(std::string_view text) {
  const auto score = find_number<int>(without_blanks(text));
  if (!score)
    return fail({.code = ErrorCode::Malformed, .message = "/proc/PID/oom_score_adj is no number", .hint = {}});
  return *score;
}

Result<int> read_oom_score_adj(Pid pid) {
  return parse_oom_score_adj(TETHER_TRY(read_text_file(path_in_proc(leader_of(pid), "oom_score_adj"))));
}

Result<std::string> read_link(Tid tid, std::string_view link) {
  const std::string path = path_in_proc(tid, link);
  char target[PATH_MAX];
  const ssize_t length = ::readlink(path.c_str(), target, sizeof target);
  if (length < 0) return fail(open_error(errno, path));
  return std::string(target, static_cast<std::size_t>(length));
}

}  // namespace tether::procfs
