#pragma once
// StepSession: `tether step` in its guardian: steps until the goal, tells of it, and lets the thread go.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tether/cli/step_output.h"
#include "tether/cli/target.h"
#include "tether/control/guardian.h"
#include "tether/control/stepper.h"

namespace tether::cli {

struct StepSettings {
  std::optional<std::string> name;  ///< -n
  std::optional<std::uint64_t> count;
  std::optional<std::string> until;  ///< "syscall", "ret", or an address
  StepOptions step;
  StepOutputOptions output;
  bool wants_help = false;
};

/// Steps a thread of a running process. Returns the exit status.
int step_process(const StepSettings& settings, const Target& target, Front& front);

/// Starts a command, steps it from its first instruction, and awaits its end. Returns its exit status, or dies as it
/// did.
int step_command(const StepSettings& settings, const std::vector<char*>& argv, Front& front);

}  // namespace tether::cli
