#pragma once
// The options of `trace`, `strace` and `replay`: strace's letters with strace's meaning, its long names, and tether's own.

#include <span>
#include <string_view>
#include <vector>

#include "tether/cli/command_line.h"
#include "tether/cli/trace_settings.h"

namespace tether::cli {

using TraceOption = Option<TraceSettings>;

// Each group is a file of its own: options_startup.cc, …
std::span<const TraceOption> startup_options();     ///< what is traced
std::span<const TraceOption> filter_options();      ///< which events are told
std::span<const TraceOption> format_options();      ///< how they look
std::span<const TraceOption> statistics_options();  ///< -c and its kin
std::span<const TraceOption> other_options();       ///< -h, -V, and what strace has and tether does not

/// Those of `trace` and `strace`: all. Those of `replay`: all but the first group, since everything was captured before.
std::vector<TraceOption> options_of_trace();
std::vector<TraceOption> options_of_replay();

/// The listing of --help, by groups.
std::string describe_options_of_trace();
std::string describe_options_of_replay();

}  // namespace tether::cli
