#include <cstdio>
#include <string>

#include "tether/cli/messages.h"
#include "tether/cli/trace_options.h"
#include "tether/cli/trace_run.h"
#include "tether/cli/verb.h"
#include "tether/event/recording.h"

namespace tether::cli {

namespace {

constexpr std::string_view kReplayUsage =
    "usage: tether replay [OPTIONS] FILE\n\n"
    "Shows what `tether trace --record FILE` recorded. What was captured is fixed: -s, -v and -y are those of the\n"
    "recording, and -e trace= and -e signal= choose from what is in it.\n";

Result<TracePlan> plan_replay(TraceSettings settings, const std::string& file) {
  const auto recording = TETHER_TRY(RecordingReader::open(file));
  settings.text.realtime_offset_ns = recording.header().realtime_offset_ns;
  settings.text.quiet.attach = true;
  TracePlan plan = TETHER_TRY(make_plan(std::move(settings)));
  plan.text.values.descriptors = DescriptorParts::all();  // what was captured is shown
  return plan;
}

}  // namespace

int run_replay(const Invocation& invocation) {
  TraceSettings settings;
  const auto options = options_of_replay();
  const auto first = read_options<TraceSettings>(invocation.argc, invocation.argv, options, settings);
  if (!first.has_value()) return complain(first.error());
  if (settings.wants_version) return run_version(invocation);
  if (settings.wants_help) {
    const std::string text = std::string(kReplayUsage) + describe_options_of_replay();
    return std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0 ? kFailed : 0;
  }
  if (*first != invocation.argc - 1)
    return complain({.code = ErrorCode::Malformed,
                     .message = "replay shows one recording, which must be named",
                     .hint = "`tether replay FILE`"});
  const std::string file = invocation.argv[*first];
  auto plan = plan_replay(std::move(settings), file);
  return plan.has_value() ? run_recording(file, std::move(*plan)) : complain(plan.error());
}

}  // namespace tether::cli
