#include "tether/control/terminal_move.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "tether/control/descriptor_image.h"
#include "tether/control/descriptors.h"
#include "tether/control/internal/descriptor_directory.h"
#include "tether/procfs/stat.h"

namespace tether {

namespace {

/// /proc/PID/stat has include/linux/kdev_t.h's new_encode_dev.
std::uint64_t unpack_device(std::uint32_t packed) {
  return ::makedev((packed >> 8) & 0xfff, (packed & 0xff) | ((packed >> 12) & 0xfff00));
}

/// /dev/tty, which is whichever terminal the session has (tty(4)).
bool is_any_terminal(std::uint64_t device) {
  struct stat tty;
  return ::stat("/dev/tty", &tty) == 0 && tty.st_rdev == device;
}

std::uint64_t device_of(Pid pid, Fd fd) {
  const auto directory = DescriptorDirectory::open(pid);
  const auto identity = directory.has_value() ? directory->find_identity(fd) : std::nullopt;
  return identity && S_ISCHR(identity->mode) ? identity->node_device : 0;
}

Result<TerminalUse> use_of(Pid pid, std::uint64_t device, std::vector<Fd> descriptors) {
  UniqueFd terminal = TETHER_TRY(borrow_descriptor(pid, descriptors.front()));
  return TerminalUse{.device = device, .descriptors = std::move(descriptors), .terminal = std::move(terminal)};
}

}  // namespace

std::vector<Fd> find_descriptors_on(Pid pid, std::uint64_t device) {
  std::vector<Fd> found;
  const auto directory = DescriptorDirectory::open(pid);
  if (!directory.has_value()) return found;
  bool has_named_one = false;
  for (const Fd fd : directory->list()) {
    const auto identity = directory->find_identity(fd);
    if (!identity || !S_ISCHR(identity->mode)) continue;
    const bool is_named = identity->node_device == device;
    has_named_one = has_named_one || is_named;
    if (is_named || is_any_terminal(identity->node_device)) found.push_back(fd);
  }
  return has_named_one ? found : std::vector<Fd>();
}

Result<TerminalUse> find_terminal_use(Pid pid) {
  const procfs::Stat stat = TETHER_TRY(procfs::read_stat(pid));
  if (stat.terminal_device != 0) {
    const std::uint64_t device = unpack_device(stat.terminal_device);
    if (auto found = find_descriptors_on(pid, device); !found.empty()) return use_of(pid, device, std::move(found));
  }
  for (const Fd fd : {Fd(STDIN_FILENO), Fd(STDOUT_FILENO), Fd(STDERR_FILENO)}) {
    const std::uint64_t device = device_of(pid, fd);
    if (device == 0) continue;
    const UniqueFd copy = TETHER_TRY(borrow_descriptor(pid, fd));
    if (::isatty(copy.get()) != 0) return use_of(pid, device, find_descriptors_on(pid, device));
  }
  return fail({.code = ErrorCode::NotFound,
               .message = "process " + std::to_string(pid.value) + " has no descriptor on a terminal",
               .hint = "`tether fd redirect` takes its output elsewhere"});
}

Result<void> move_to_terminal(Changes& changes, const std::vector<Fd>& descriptors, int terminal) {
  for (const Fd fd : descriptors) TETHER_CHECK(install_descriptor(changes, terminal, fd, Keep::Yes));
  return ok();
}

}  // namespace tether
