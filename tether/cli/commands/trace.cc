#include <cstdio>
#include <string>

#include "tether/cli/messages.h"
#include "tether/cli/trace_options.h"
#include "tether/cli/trace_run.h"
#include "tether/cli/verb.h"

namespace tether::cli {

namespace {

constexpr std::string_view kTraceUsage =
    "usage: tether trace [OPTIONS] [--] COMMAND [ARGUMENTS]\n"
    "       tether trace [OPTIONS] -p PID [-p PID ...]\n\n"
    "Shows the system calls and signals of a command, its threads and its children, or of running processes.\n";

constexpr std::string_view kStraceUsage =
    "usage: tether strace [OPTIONS] [--] COMMAND [ARGUMENTS]\n"
    "       tether strace [OPTIONS] -p PID [-p PID ...]\n\n"
    "Shows the system calls and signals of a command or of running processes, with strace's defaults and in strace's "
    "format.\n";

int trace(const Invocation& invocation, TraceSettings settings, std::string_view usage) {
  const auto options = options_of_trace();
  const auto first = read_options<TraceSettings>(invocation.argc, invocation.argv, options, settings);
  if (!first.has_value()) return complain(first.error());
  if (settings.wants_version) return run_version(invocation);
  if (settings.wants_help) {
    const std::string text = std::string(usage) + describe_options_of_trace();
    return std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0 ? kFailed : 0;
  }
  settings.command.argv.assign(invocation.argv + *first, invocation.argv + invocation.argc);
  if (settings.command.argv.empty() && settings.session.attach.empty() && settings.process_names.empty())
    return complain({.code = ErrorCode::Malformed,
                     .message = "nothing to trace: neither a command nor a process was named",
                     .hint = "`tether trace COMMAND`, `tether trace -p PID`; see `tether help trace`"});
  auto plan = make_plan(std::move(settings));
  return plan.has_value() ? run_plan(std::move(*plan)) : complain(plan.error());
}

}  // namespace

int run_trace(const Invocation& invocation) {
  return trace(invocation, {.style = TraceSettings::Style::Trace}, kTraceUsage);
}

int run_strace(const Invocation& invocation) {
  TraceSettings settings{.style = TraceSettings::Style::Strace};
  settings.session.follow = Choice::No;
  return trace(invocation, std::move(settings), kStraceUsage);
}

}  // namespace tether::cli
