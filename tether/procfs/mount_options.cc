#include "tether/procfs/mount_options.h"

#include <linux/magic.h>
#include <sys/statfs.h>

#include <cerrno>

#include "tether/procfs/internal/fields.h"
#include "tether/procfs/text_file.h"

namespace tether::procfs {

Result<void> check_mounted() {
  struct statfs file_system;
  if (::statfs("/proc", &file_system) == 0 && file_system.f_type == PROC_SUPER_MAGIC) return ok();
  return fail({.code = ErrorCode::Unsupported,
               .sys_errno = ENOENT,
               .message = "/proc is not mounted, where tether looks processes up",
               .hint = "run `mount -t proc proc /proc` as root"});
}

std::string parse_proc_mount_option(std::string_view mounts, std::string_view name) {
  std::string_view value;
  while (!mounts.empty()) {
    std::string_view line = take_field(mounts, '\n');
    take_field(line, ' ');
    if (take_field(line, ' ') != "/proc") continue;
    take_field(line, ' ');
    value = {};  // a later mount covers an earlier one
    std::string_view options = take_field(line, ' ');
    while (!options.empty()) {
      std::string_view option = take_field(options, ',');
      if (take_field(option, '=') == name) value = option;
    }
  }
  return std::string(value);
}

std::string read_proc_mount_option(std::string_view name) {
  const auto mounts = read_text_file("/proc/self/mounts");
  return mounts.has_value() ? parse_proc_mount_option(*mounts, name) : std::string();
}

}  // namespace tether::procfs
