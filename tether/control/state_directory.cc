#include "tether/control/state_directory.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <system_error>

#include "tether/procfs/stat.h"
#include "tether/procfs/text_file.h"
#include "tether/tracee/permission.h"

namespace tether {

namespace fs = std::filesystem;

namespace {

std::string boot_id() {
  auto text = procfs::read_text_file("/proc/sys/kernel/random/boot_id");
  return text.has_value() ? text->substr(0, 8) : "unknown";
}

}  // namespace

fs::path state_directory() {
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && state[0] == '/')
    return fs::path(state) / "tether";
  if (const char* home = std::getenv("HOME"); home != nullptr && home[0] == '/')
    return fs::path(home) / ".local/state/tether";
  const passwd* user = ::getpwuid(::geteuid());
  return fs::path(user != nullptr ? user->pw_dir : "/tmp") / ".local/state/tether";
}

Result<void> make_state_directory() {
  const fs::path directory = state_directory();
  std::error_code err;
  fs::create_directories(directory, err);
  if (err)
    return fail(errno_error(err.value(), directory.string())
                    .with_hint("set XDG_STATE_HOME to a directory that can be written"));
  ::chmod(directory.c_str(), S_IRWXU);
  return ok();
}

Result<std::string> name_of_life(Pid pid, std::string_view suffix) {
  const auto stat = procfs::read_stat(pid);
  if (!stat.has_value()) return fail(explain_attach_failure(pid, ESRCH));
  return std::to_string(pid.value) + "-" + std::to_string(stat->start_ticks) + "-" + boot_id() + std::string(suffix);
}

void prune_state(std::string_view suffix) {
  std::error_code err;
  for (const auto& file : fs::directory_iterator(state_directory(), err)) {
    const std::string name = file.path().filename().string();
    if (!name.ends_with(suffix)) continue;
    std::int32_t pid = 0;
    std::from_chars(name.data(), name.data() + name.size(), pid);
    const auto current = name_of_life(Pid(pid), suffix);
    if (!current.has_value() || *current != name) fs::remove(file.path(), err);
  }
}

}  // namespace tether
