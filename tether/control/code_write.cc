#include "tether/control/code_write.h"

#include <time.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string>

#include "tether/base/hexadecimal.h"
#include "tether/control/clean_memory.h"
#include "tether/control/held_memory.h"
#include "tether/procfs/maps.h"
#include "tether/procfs/task.h"
#include "tether/sys/process_memory.h"

namespace tether {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kWritePatience{1000};
constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 1'000'000};

Error stands_inside(Tid tid, RemoteAddr start, RemoteAddr end) {
  return {.code = ErrorCode::Busy,
          .message = "thread " + std::to_string(tid.value) + " stands within " + hex(start.value) + "-" +
                     hex(end.value) + " and did not leave it within a second",
          .hint = "`tether stack` shows where its threads are; try again when it has gone on"};
}

/// Every page of the range must be private: then writing makes a copy, and the file stays as it is.
Result<void> check_private(Pid pid, RemoteAddr start, RemoteAddr end) {
  const std::vector<procfs::Mapping> maps = TETHER_TRY(procfs::read_maps(procfs::living_task_of(pid)));
  for (RemoteAddr at = start; at < end;) {
    const procfs::Mapping* mapping = procfs::find_mapping(maps, at);
    if (mapping == nullptr)
      return fail({.code = ErrorCode::NotFound,
                   .message = "process " + std::to_string(pid.value) + " has nothing mapped at " + hex(at.value),
                   .hint = "`tether mem maps " + std::to_string(pid.value) + "` shows what it has"});
    if (mapping->is_shared)
      return fail({.code = ErrorCode::Unsupported,
                   .message = "the mapping at " + hex(mapping->start.value) +
                              " is shared: code written there would be written for others, too",
                   .hint = "`tether mem write --force` does that"});
    at = mapping->end;
  }
  return ok();
}

Result<void> expect_bytes(Pid pid, RemoteAddr address, std::span<const std::byte> expected) {
  Bytes now(expected.size());
  if (sys::read_process_memory(procfs::living_task_of(pid), address, now) == now.size() &&
      std::ranges::equal(now, expected))
    return ok();
  return fail({.code = ErrorCode::Busy,
               .message = "the code at " + hex(address.value) + " is no longer what it was",
               .hint = "`tether mem read` shows it"});
}

}  // namespace

Result<void> replace_code(Pid pid, RemoteAddr address, std::span<const std::byte> expected,
                          std::span<const std::byte> wanted) {
  const RemoteAddr end = address + wanted.size();
  const auto deadline = Clock::now() + kWritePatience;
  for (;;) {
    {
      HeldMemory held = TETHER_TRY(HeldMemory::seize(pid));
      const auto inside = TETHER_TRY(held.clear(address, end, deadline));
      if (!inside && !held.has_newcomers()) {
        TETHER_CHECK(expect_bytes(pid, address, expected));
        auto written = sys::write_process_memory(procfs::living_task_of(pid), address, wanted);
        if (written.has_value()) written = expect_bytes(pid, address, wanted);
        if (!written.has_value()) [[maybe_unused]]
          const auto restored = sys::write_process_memory(procfs::living_task_of(pid), address, expected);
        return written;
      }
      if (Clock::now() >= deadline)
        return fail(stands_inside(inside.value_or(procfs::living_task_of(pid)), address, end));
    }
    ::nanosleep(&kPause, nullptr);  // it goes on, and may have left by then
  }
}

Result<void> write_code(Changes& changes, RemoteAddr address, std::span<const std::byte> code) {
  const Pid pid = changes.pid();
  TETHER_CHECK(check_private(pid, address, address + code.size()));
  const MemoryChange change{.address = address,
                            .before = TETHER_TRY(read_replaceable(pid, address, code.size())),
                            .after = Bytes(code.begin(), code.end()),
                            .kind = MemoryChange::Kind::Code};
  return changes.make(change, [&] { return replace_code(pid, address, change.before, change.after); });
}

}  // namespace tether
