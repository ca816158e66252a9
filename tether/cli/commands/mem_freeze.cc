#include <poll.h>
#include <time.h>

#include <chrono>
#include <string>
#include <vector>

#include "tether/cli/address.h"
#include "tether/cli/change_options.h"
#include "tether/cli/messages.h"
#include "tether/cli/numbers.h"
#include "tether/cli/sub_verbs.h"
#include "tether/cli/target_call.h"
#include "tether/cli/value_display.h"
#include "tether/control/memory_value.h"
#include "tether/control/memory_write.h"
#include "tether/procfs/task.h"
#include "tether/procfs/word_size.h"
#include "tether/sys/process_memory.h"
#include "tether/tracee/hold.h"

namespace tether::cli {

namespace {

constexpr std::string_view kMemFreezeUsage =
    "usage: tether mem freeze [OPTIONS] PID ADDRESS VALUE\n\n"
    "Holds a value: writes it again and again, until tether ends (Ctrl-C). The process is not stopped, and sees what "
    "it\n"
    "has written itself until the next time. With --until-exit the first value is put back at the end.\n"
    "VALUE as of `tether mem write`: u32:42 f32:100 'hex:90 90'.\n\nOptions:\n";

struct MemFreezeSettings {
  ChangeSettings change;
  std::chrono::nanoseconds interval{1'000'000};
};

std::vector<Option<MemFreezeSettings>> mem_freeze_options() {
  return with_change_options<MemFreezeSettings>({
      {{0, "interval", OptionShape::Takes::Value, "TIME", "how often to write it: 1ms, which is also the default"},
       [](MemFreezeSettings& s, Argument argument) -> Result<void> {
         const std::uint64_t interval = TETHER_TRY(parse_duration_ns(*argument, "--interval", "s"));
         if (interval == 0)
           return fail({.code = ErrorCode::Malformed, .message = "--interval: of nothing", .hint = "1us"});
         s.interval = std::chrono::nanoseconds(interval);
         return ok();
       }},
  });
}

bool is_ending_within(const Front& front, std::chrono::nanoseconds patience) {
  constexpr long kSecond = 1'000'000'000;
  pollfd entry{.fd = front.descriptor(), .events = POLLIN, .revents = 0};
  const timespec time{.tv_sec = patience.count() / kSecond, .tv_nsec = patience.count() % kSecond};
  return ::ppoll(&entry, 1, &time, nullptr) > 0;
}

/// Puts the first value back while nobody can write another one in between.
Result<void> give_back(Changes& changes, RemoteAddr address, const Bytes& value) {
  const auto held = HeldProcess::seize(changes.pid(), {}, HeldProcess::Sleepers::LeaveOut);
  if (!held.has_value()) return fail(held.error());
  TETHER_CHECK(sys::write_process_memory(procfs::living_task_of(changes.pid()), address, value));
  const std::vector<Error> failures = changes.take_back();
  if (!failures.empty()) return fail(failures.front());
  return ok();
}

Result<void> freeze(Changes& changes, Front& front, RemoteAddr address, const Bytes& value,
                    const MemFreezeSettings& settings) {
  const SharedFiles files = settings.change.is_forced ? SharedFiles::Write : SharedFiles::Refuse;
  TETHER_CHECK(write_checked(changes, address, value, files));
  if (changes.is_dry_run()) return ok();
  if (!settings.change.is_quiet)
    TETHER_CHECK(put_text("holding " + display_address(address) + " at " + format_hex_bytes(value) +
                          " until tether ends (Ctrl-C)\n"));
  while (!is_ending_within(front, settings.interval)) {
    const auto written = sys::write_process_memory(procfs::living_task_of(changes.pid()), address, value);
    if (written.has_value()) continue;
    if (written.error().code != ErrorCode::TraceeGone) return written;
    say("process " + std::to_string(changes.pid().value) + " has ended");
    return ok();
  }
  return settings.change.until_exit ? give_back(changes, address, value) : ok();
}

}  // namespace

int run_mem_freeze(const Invocation& invocation) {
  const auto call = read_target_call<MemFreezeSettings>(invocation, kMemFreezeUsage, mem_freeze_options());
  if (!call.has_value()) return call.error();
  const MemFreezeSettings& settings = call->settings;
  const Pid pid = call->target.pid;
  if (call->rest.size() != 2)
    return complain({.code = ErrorCode::Malformed,
                     .message = "mem freeze takes an address and a value",
                     .hint = "tether mem freeze PID 0x7f0012345678 u32:42"});
  const auto address = find_address(call->target, call->rest[0]);
  if (!address.has_value()) return complain_of_target(address.error());
  const auto word = procfs::read_word_size(procfs::living_task_of(pid));
  if (!word.has_value()) return complain_of_target(word.error());
  const auto value = parse_memory_value(call->rest[1], *word);
  if (!value.has_value()) return complain(value.error());
  ChangeSettings reporting = settings.change;
  reporting.is_quiet = reporting.is_quiet || !reporting.is_dry_run;  // freeze() says it when it begins
  return run_change(reporting, {pid}, [&](Changes& changes, Front& front) {
    return freeze(changes, front, *address, value->bytes, settings);
  });
}

}  // namespace tether::cli
