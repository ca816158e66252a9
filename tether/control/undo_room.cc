#include "tether/control/internal/undo_room.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "tether/control/internal/descriptor_directory.h"
#include "tether/control/process_settings.h"
#include "tether/procfs/status.h"

namespace tether {

namespace {

constexpr rlim_t kDescriptors = 4;       // a socket pair, what it brings, and one to spare
constexpr rlim_t kMemory = 1024 * 1024;  // besides what is to be mapped again

struct Lack {
  const char* setting = nullptr;
  __rlimit_resource resource{};
  rlim_t enough = 0;
};

Result<Lack> lack_of_descriptors(Pid pid, const Change& change) {
  std::int32_t highest = -1;
  const DescriptorDirectory directory = TETHER_TRY(DescriptorDirectory::open(pid));
  for (const Fd fd : directory.list()) highest = std::max(highest, fd.value);
  if (const auto* descriptor = std::get_if<DescriptorChange>(&change))
    highest = std::max(highest, descriptor->fd.value);
  return Lack{"rlimit.nofile", RLIMIT_NOFILE, static_cast<rlim_t>(highest + 1) + kDescriptors};
}

Result<Lack> lack_of_memory(Pid pid, const Change& change) {
  const procfs::Status status = TETHER_TRY(procfs::read_status(leader_of(pid)));
  const auto* mapping = std::get_if<MappingChange>(&change);
  return Lack{"rlimit.as", RLIMIT_AS,
              status.memory.virtual_size + (mapping == nullptr ? 0 : mapping->length) + kMemory};
}

/// What the process has too little of, if that is why `error` came.
Result<std::optional<Lack>> find_lack(Pid pid, const Change& change, const Error& error) {
  const bool is_descriptor = std::holds_alternative<DescriptorChange>(change);
  // dup3 onto a number beyond the limit is EBADF.
  if (error.sys_errno == EMFILE || (error.sys_errno == EBADF && is_descriptor))
    return std::optional(TETHER_TRY(lack_of_descriptors(pid, change)));
  if (error.sys_errno == ENOMEM) return std::optional(TETHER_TRY(lack_of_memory(pid, change)));
  return std::nullopt;
}

/// The change that makes enough room; absent if the limit is not what is in the way.
std::optional<SettingChange> raise_of(Pid pid, const Lack& lack) {
  rlimit now{};
  if (::prlimit(pid.value, lack.resource, nullptr, &now) != 0 || now.rlim_cur >= lack.enough) return std::nullopt;
  const auto text = [](rlim_t value) { return value == RLIM_INFINITY ? "unlimited" : std::to_string(value); };
  return SettingChange{.tid = leader_of(pid),
                       .name = lack.setting,
                       .before = text(now.rlim_cur) + ":" + text(now.rlim_max),
                       .after = text(lack.enough) + ":" + text(std::max(now.rlim_max, lack.enough))};
}

SettingChange reverse_of(const SettingChange& change) {
  return {.tid = change.tid, .name = change.name, .before = change.after, .after = change.before};
}

}  // namespace

Result<void> with_room_to_undo(Journal& journal, const Change& change, const std::function<Result<void>()>& undo_it) {
  auto undone = undo_it();
  if (undone.has_value()) return undone;
  const auto lack = find_lack(journal.pid(), change, undone.error());
  if (!lack.has_value() || !*lack) return undone;
  const auto raise = raise_of(journal.pid(), **lack);
  if (!raise) return undone;
  const ChangeNumber number = TETHER_TRY(journal.intend(*raise, Lasting::UntilExit));
  if (!undo(journal.pid(), reverse_of(*raise), UndoMode::Make).has_value()) {
    TETHER_CHECK(journal.conclude(number, Outcome::Failed, std::nullopt));
    return undone;
  }
  auto undone_with_room = undo_it();
  TETHER_CHECK(undo(journal.pid(), *raise, UndoMode::Make));
  TETHER_CHECK(journal.conclude(number, Outcome::Undone, std::nullopt));
  return undone_with_room;
}

}  // namespace tether
