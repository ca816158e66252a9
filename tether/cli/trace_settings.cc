#include "tether/cli/trace_settings.h"

#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "tether/cli/messages.h"
#include "tether/cli/terminal.h"
#include "tether/procfs/process_list.h"

namespace tether::cli {

namespace {

using Style = TraceSettings::Style;
using Counting = TraceSettings::Counting;

Error excluded(std::string message) {
  return {.code = ErrorCode::Malformed, .message = std::move(message), .hint = {}};
}

Result<void> check(const TraceSettings& s) {
  const bool counts = s.counting != Counting::No;
  if (counts && s.writes_separately)
    return fail(excluded("-ff writes a file for each task, -c and -C one table: they exclude each other"));
  if (s.writes_separately && !s.output)
    return fail({.code = ErrorCode::Malformed,
                 .message = "-ff writes a file for each task, but no name was given",
                 .hint = "add -o FILE"});
  if (s.writes_separately && (s.output->starts_with('|') || s.output->starts_with('!') || *s.output == "-"))
    return fail(excluded("-ff writes a file for each task, which '" + *s.output + "' cannot be"));
  if (s.tracer_group && s.command.argv.empty())
    return fail({.code = ErrorCode::Malformed,
                 .message = "-D is about a command that is launched, and there is none",
                 .hint = {}});
  if (!counts && s.summary.time == SummaryTime::WallClock)
    return fail({.code = ErrorCode::Malformed, .message = "-w is about the table of -c and -C", .hint = "add -c"});
  return ok();
}

Result<void> resolve_names(TraceSettings& s) {
  for (const std::string& name : s.process_names) {
    const auto found = TETHER_TRY(procfs::find_processes(name));
    std::size_t others = 0;
    for (const Pid pid : found) {
      if (pid.value == ::getpid()) continue;
      s.session.attach.push_back(pid);
      ++others;
    }
    if (others == 0)
      return fail({.code = ErrorCode::NotFound,
                   .message = "no process is called '" + name + "'",
                   .hint = "see `ps -e`; names are those of its CMD column"});
  }
  return ok();
}

/// A path given to -P is also meant where the tracee spells it otherwise.
void resolve_paths(TraceSettings& s, bool is_quiet) {
  std::vector<std::string> resolved;
  for (const std::string& path : s.session.paths) {
    char real[PATH_MAX];
    if (::realpath(path.c_str(), real) == nullptr || path == real) continue;
    resolved.emplace_back(real);
    if (!is_quiet) say("Requested path \"" + path + "\" resolved into \"" + real + "\"");
  }
  s.session.paths.insert(s.session.paths.end(), resolved.begin(), resolved.end());
}

void apply_letters(TraceSettings& s) {
  if (s.follow_letters > 0) s.session.follow = Choice::Yes;
  if (s.follow_letters > 1 && s.output) s.writes_separately = true;  // strace: without -o it is -f
  if (s.clock_letters > 0) {
    s.text.clock = s.clock_letters > 2 ? ClockStyle::Unix : ClockStyle::TimeOfDay;
    s.text.clock_precision = s.clock_letters > 1 ? TimePrecision::Microseconds : TimePrecision::Seconds;
  }
  if (s.hex_letters > 0)
    s.text.values.strings = s.hex_letters > 1 ? StringStyle::HexStrings : StringStyle::HexNonAsciiStrings;
  if (s.descriptor_letters > 0) s.descriptors.path = true;
  if (s.descriptor_letters > 1) s.descriptors = DescriptorParts::all();
  if (s.quiet_letters > 0) s.text.quiet.attach = s.text.quiet.personality = true;
  if (s.quiet_letters > 1) s.text.quiet.exit = true;
  if (s.quiet_letters > 2) s.text.quiet.thread_execve = true;
}

TextTarget make_target(const TraceSettings& s) {
  if (!s.output) return {};
  TextTarget target = parse_text_target(*s.output);
  if (s.appends) target.mode = TextTarget::OpenMode::Append;
  if (s.writes_separately) target.kind = TextTarget::Kind::FilePerTask;
  return target;
}

void choose_widths(TraceSettings& s, const TextTarget& target) {
  const bool fits_terminal = s.style == Style::Trace && target.kind == TextTarget::Kind::Descriptor;
  const auto width = fits_terminal ? find_terminal_width(target.fd) : std::nullopt;
  // A line has room for a string of half the terminal's width beside the call's other arguments.
  const unsigned string_limit = width ? std::clamp(*width / 2, 32u, 200u) : 32u;
  s.session.string_limit = s.string_limit.value_or(string_limit);
  s.text.column = s.column.value_or(40);
}

void choose_times(TraceSettings& s) {
  const bool shows_time = s.text.clock != ClockStyle::None || s.text.relative_times || s.text.durations;
  const bool counts_wall_time = s.counting != Counting::No && s.summary.time == SummaryTime::WallClock;
  const bool counts_cpu_time = s.counting != Counting::No && s.summary.time == SummaryTime::System;
  if (shows_time || counts_wall_time || !s.session.recording.empty()) s.session.times = Choice::Yes;
  if (counts_cpu_time || !s.session.recording.empty()) s.session.cpu_times = Choice::Yes;
}

bool chooses_color(const TraceSettings& s, const TextTarget& target) {
  if (s.color != TraceSettings::Color::Auto) return s.color == TraceSettings::Color::Always;
  return s.style == Style::Trace && target.kind == TextTarget::Kind::Descriptor && wants_color(target.fd);
}

}  // namespace

Result<TracePlan> make_plan(TraceSettings s) {
  apply_letters(s);
  TETHER_CHECK(check(s));
  TETHER_CHECK(resolve_names(s));
  const TextTarget target = make_target(s);
  const std::size_t launches = s.command.argv.empty() ? 0 : 1;
  // strace: a command with its trace in a file is told nothing besides.
  if (launches != 0 && s.output) s.text.quiet.attach = s.text.quiet.personality = true;
  resolve_paths(s, s.text.quiet.attach);
  choose_widths(s, target);
  choose_times(s);
  const DescriptorParts& parts = s.descriptors;
  if (parts.path) s.session.fd_paths = Choice::Yes;
  if (parts.socket || parts.dev || parts.pidfd) s.session.fd_details = Choice::Yes;
  s.text.values.descriptors = parts;
  if (chooses_color(s, target)) s.text.values.palette = kTerminalPalette;
  if (s.style == Style::Strace) s.text.message_prefix = "strace: ";
  if (target.kind == TextTarget::Kind::FilePerTask)
    s.text.pids = PidPrefix::Never;
  else if (s.always_shows_pid ||
           (s.output && (s.session.follow == Choice::Yes || s.session.attach.size() + launches > 1)))
    s.text.pids = PidPrefix::Always;
  if (launches != 0) s.session.launch = std::move(s.command);
  // The command may write to where the trace goes; what it does and what is said of it must then be in order.
  if (launches != 0 && target.kind == TextTarget::Kind::Descriptor && s.counting != Counting::Only)
    s.session.lockstep = Choice::Yes;
  return TracePlan{.session = std::move(s.session),
                   .target = target,
                   .text = std::move(s.text),
                   .summary = std::move(s.summary),
                   .counting = s.counting,
                   .interruptible = s.interruptible,
                   .logs_events = s.logs_events,
                   .tracer_group = s.tracer_group,
                   .is_quiet = s.quiet_letters > 0 || s.style == Style::Strace};
}

}  // namespace tether::cli
