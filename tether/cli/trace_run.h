#pragma once
// Running a TracePlan: sinks, session, signals, and how tether ends.

#include <string>

#include "tether/cli/trace_settings.h"

namespace tether::cli {

/// Traces a command or running processes to the end. Returns the exit status, or dies of the signal that the command died of.
int run_plan(TracePlan plan);

/// Shows a recording. Returns the exit status.
int run_recording(const std::string& recording, TracePlan plan);

}  // namespace tether::cli
