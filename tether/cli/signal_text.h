#pragma once
// Signals on the command line and in what it shows.

#include <optional>
#include <string>
#include <string_view>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/cli/json_output.h"
#include "tether/tracee/stop.h"

namespace tether::cli {

/// "SIGUSR1", "usr1", "10". NotFound with the nearest name.
Result<Signal> parse_signal(std::string_view text);

/// "SIGUSR1", "SIGRT_3".
std::string signal_text(Signal signal);

/// As strace shows it: {si_signo=SIGUSR1, si_code=SI_USER, si_pid=77, si_uid=0}.
std::string siginfo_text(const SigInfoBytes& info);

/// Its members by their names: flags and codes as the names' text, addresses as "0x…", other numbers as numbers.
Json siginfo_json(const SigInfoBytes& info);

/// Who sent it: a process, or the child that it tells of. nullopt if it came from the kernel.
std::optional<Pid> find_sender(const SigInfoBytes& info);

/// Changes a member: "si_pid=1", "si_code=SI_QUEUE", "si_value=7", "si_addr=0x10". Malformed, NotFound.
Result<void> edit_siginfo(SigInfoBytes& info, std::string_view assignment);

}  // namespace tether::cli
