#pragma once
// What `tether sig watch`, `drop`, `replace` and `set-siginfo` do about a signal, and how they show it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tether/base/ids.h"
#include "tether/control/guardian.h"
#include "tether/control/signal_watch.h"

namespace tether::cli {

struct SignalRules {
  std::vector<Signal> shown;  ///< empty: all
  std::vector<Signal> dropped;
  Signal replaced;  ///< by `replacement`
  Signal replacement;
  Signal edited;  ///< its siginfo gets `edits`
  std::vector<std::string> edits;
  std::optional<Pid> launched;  ///< a command that stands stopped, and is to begin as soon as it is watched
  enum class Faults : std::uint8_t { Deliver, DropToo } faults = Faults::Deliver;
};

enum class SignalLines : std::uint8_t { None, Text, Json };

/// Watches the processes and applies the rules until the front ends or they do. What is shown goes to standard output,
/// a line a signal. Returns how many signals the rules have changed. Errors: those of SignalWatch.
Result<std::uint64_t> intercept_signals(const std::vector<Pid>& processes, const SignalWatchOptions& options,
                                        const SignalRules& rules, SignalLines lines, Front& front);

}  // namespace tether::cli
