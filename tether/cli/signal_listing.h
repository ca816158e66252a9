#pragma once
// What `tether sig ls` shows.

#include <cstdint>
#include <string>

#include "tether/base/result.h"
#include "tether/cli/signal_interception.h"
#include "tether/cli/target.h"

namespace tether::cli {

enum class SignalHandlers : std::uint8_t { Unwanted, Wanted };

/// The signals of a process, or of one thread, in text or as JSON lines. Errors: those of read_signals() and
/// read_signal_actions().
Result<std::string> list_signals(const Target& target, SignalHandlers handlers, SignalLines lines);

}  // namespace tether::cli
