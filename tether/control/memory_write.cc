#include "tether/control/memory_write.h"

#include <string>

#include "tether/base/hexadecimal.h"
#include "tether/control/clean_memory.h"
#include "tether/control/code_write.h"
#include "tether/procfs/maps.h"
#include "tether/procfs/task.h"
#include "tether/sys/process_memory.h"

namespace tether {

Result<void> write_memory(Changes& changes, RemoteAddr address, std::span<const std::byte> bytes) {
  const Tid tid = procfs::living_task_of(changes.pid());
  const MemoryChange change{.address = address,
                            .before = TETHER_TRY(read_replaceable(changes.pid(), address, bytes.size())),
                            .after = Bytes(bytes.begin(), bytes.end())};
  return changes.make(change, [&]() -> Result<void> {
    auto written = sys::write_process_memory(tid, address, bytes);
    if (written.has_value()) return ok();
    // A part may have been written: nothing half-done.
    [[maybe_unused]] const auto restored = sys::write_process_memory(tid, address, change.before);
    return written;
  });
}

Result<void> write_checked(Changes& changes, RemoteAddr address, std::span<const std::byte> bytes, SharedFiles files) {
  bool is_code = false;
  for (const procfs::Mapping& mapping : TETHER_TRY(procfs::read_maps(procfs::living_task_of(changes.pid())))) {
    if (mapping.end <= address || mapping.start >= address + bytes.size()) continue;
    is_code = is_code || (mapping.is_executable && !mapping.is_shared);
    if (mapping.is_shared && mapping.is_writable && mapping.inode != 0 && files == SharedFiles::Refuse)
      return fail({.code = ErrorCode::Unsupported,
                   .message = "the memory at " + hex(address.value) + " is a shared mapping of '" + mapping.path +
                              "': the file would change, for all who use it",
                   .hint = "--force writes it all the same"});
  }
  return is_code ? write_code(changes, address, bytes) : write_memory(changes, address, bytes);
}

Result<void> undo(Pid pid, const MemoryChange& change, UndoMode mode) {
  const std::size_t size = change.before.size();
  const bool is_breakpoint = change.kind == MemoryChange::Kind::Breakpoint;
  const Bytes now =
      TETHER_TRY(is_breakpoint ? read_bytes(pid, change.address, size) : read_replaceable(pid, change.address, size));
  if (now == change.before) return ok();
  if (now != change.after)
    return fail({.code = ErrorCode::Busy,
                 .message = "the memory at " + hex(change.address.value) +
                            " holds other bytes than were written: the process has changed it since",
                 .hint = "`tether mem read` shows them; `tether mem write` sets what you want"});
  if (mode == UndoMode::DryRun) return ok();
  if (change.kind == MemoryChange::Kind::Data)
    return sys::write_process_memory(procfs::living_task_of(pid), change.address, change.before);
  return replace_code(pid, change.address, change.after, change.before);
}

}  // namespace tether
