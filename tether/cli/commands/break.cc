#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tether/cli/break_actions.h"
#include "tether/cli/break_report.h"
#include "tether/cli/change_options.h"
#include "tether/cli/command_line.h"
#include "tether/cli/exit_status.h"
#include "tether/cli/messages.h"
#include "tether/cli/numbers.h"
#include "tether/cli/patient_output.h"
#include "tether/cli/target.h"
#include "tether/cli/verb.h"
#include "tether/control/breakpoint_run.h"
#include "tether/control/clean_memory.h"
#include "tether/control/guardian.h"
#include "tether/symbol/symbolizer.h"

namespace tether::cli {

namespace {

constexpr std::string_view kBreakUsage =
    "usage: tether break [OPTIONS] PID WHERE...\n"
    "       tether break [OPTIONS] WHERE... -- COMMAND [ARGUMENT...]\n\n"
    "Stops threads where they come by, or where they touch data, for as long as it takes to do something there. "
    "WHERE:\n"
    "    malloc  libc:malloc  main+8  module+0x10  0x401136  server.c:42    an instruction\n"
    "    hw:WHERE                                                           the same, by a debug register\n"
    "    w:WHERE[/SIZE]  rw:WHERE[/SIZE]                                    data written, or read or written\n"
    "ACTION: print (the default), count, backtrace, regs, stop, 'log TEXT {EXPR} {str[EXPR]}',\n"
    "    'run VERB ARGUMENT...' (with {pid} and {tid})\n\n"
    "Options:\n";

struct BreakSettings {
  std::optional<std::string> name;
  std::optional<std::string> output;
  BreakReportOptions report;
  BreakpointOptions breakpoints;
  bool is_quiet = false;
  bool wants_help = false;
};

std::vector<Option<BreakSettings>> break_options() {
  using Takes = OptionShape::Takes;
  return {
      name_option<BreakSettings>(),
      {{0, "if", Takes::Value, "EXPR", "only where this is true: 'rdi > 4096 && u32[rsi] == 7'"},
       [](BreakSettings& s, Argument text) -> Result<void> {
         s.report.condition.emplace(TETHER_TRY(symbol::ValueExpression::parse(*text)));
         return ok();
       }},
      {{0, "do", Takes::Value, "ACTION", "what to do there; may be given several times"},
       [](BreakSettings& s, Argument text) -> Result<void> {
         s.report.actions.push_back(TETHER_TRY(parse_break_action(*text)));
         return ok();
       }},
      {{0, "count", Takes::Value, "N", "end after N hits"},
       [](BreakSettings& s, Argument text) -> Result<void> {
         s.report.most_hits = TETHER_TRY(parse_count(*text, "--count", std::numeric_limits<unsigned>::max()));
         if (s.report.most_hits == 0)
           return fail({.code = ErrorCode::Malformed,
                        .message = "--count: no hit would be waited for",
                        .hint = "without --count tether goes on until Ctrl-C"});
         return ok();
       }},
      {{0, "ret", Takes::Nothing, "", "also where a function returns, with what it returns"},
       [](BreakSettings& s, Argument) {
         s.breakpoints.returns = BreakpointOptions::Returns::Yes;
         s.report.waits_for_return = true;
         return ok();
       }},
      {{'f', "follow", Takes::Nothing, "", "also in the children that the process makes by fork"},
       [](BreakSettings& s, Argument) {
         s.breakpoints.children = BreakpointOptions::Children::Follow;
         return ok();
       }},
      {{0, "pending", Takes::Nothing, "", "wait for a library that has WHERE, if none has it yet"},
       [](BreakSettings& s, Argument) {
         s.breakpoints.unknown = BreakpointOptions::Unknown::AwaitLoading;
         return ok();
       }},
      {{0, "json", Takes::Nothing, "", "one JSON object a line: for each hit, and at the end"},
       [](BreakSettings& s, Argument) {
         s.report.format = BreakReportOptions::Format::Json;
         return ok();
       }},
      {{'o', "output", Takes::Value, "FILE", "write there instead of to standard output"},
       [](BreakSettings& s, Argument file) {
         s.output = std::string(*file);
         return ok();
       }},
      {{0, "force", Takes::Nothing, "", "also in a process that seccomp confines, which may be killed for it"},
       [](BreakSettings& s, Argument) {
         s.breakpoints.remote_calls.confined = RemoteCallOptions::Confined::TryAnyway;
         return ok();
       }},
      {{'q', "quiet", Takes::Nothing, "", "do not say at the end how many hits there were"},
       [](BreakSettings& s, Argument) {
         s.is_quiet = true;
         return ok();
       }},
      help_option<BreakSettings>(),
  };
}

/// Where the hits go: a command has standard output for itself.
Result<PatientOutput> open_output(const BreakSettings& settings, bool is_launch, int ending) {
  if (!settings.output) return PatientOutput(is_launch ? STDERR_FILENO : STDOUT_FILENO, ending);
  constexpr mode_t kMode = 0666;  // less the umask
  UniqueFd file(::open(settings.output->c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode));
  if (!file.is_open()) return fail(errno_error(errno, *settings.output));
  return PatientOutput(std::move(file), ending);
}

/// What the condition and the texts name must be there before anything is changed. A library that is still to come may
/// bring it.
Result<void> check_names(Pid pid, const BreakSettings& settings) {
  std::vector<const symbol::ValueExpression*> expressions;
  if (settings.report.condition) expressions.push_back(&*settings.report.condition);
  for (const BreakAction& action : settings.report.actions)
    for (const LogTemplate::Part& part : action.log.parts)
      if (part.value) expressions.push_back(&*part.value);
  if (expressions.empty() || settings.breakpoints.unknown == BreakpointOptions::Unknown::AwaitLoading) return ok();
  auto symbolizer = TETHER_TRY(symbol::Symbolizer::open(pid, std::make_unique<CleanMemory>(pid)));
  const auto names = symbol::names_of(symbolizer);
  for (const symbol::ValueExpression* expression : expressions) TETHER_TRY(expression->with_names(*names));
  return ok();
}

/// The verbs of --do 'run VERB'.
Result<void> check_verbs(const BreakSettings& settings, std::span<const Verb> verbs) {
  for (const BreakAction& action : settings.report.actions)
    if (action.kind == BreakAction::Kind::Run && find_verb(verbs, action.words.front()) == nullptr)
      return fail({.code = ErrorCode::Malformed,
                   .message = "--do: tether has no command '" + action.words.front() + "' that could be run",
                   .hint = "see `tether help`"});
  return ok();
}

/// Waits for the command that was let go of; nullopt if whoever started tether has gone meanwhile.
std::optional<int> await_command(Pid pid, const Front& front) {
  int status = 0;
  for (;;) {
    const pid_t ended = ::waitpid(pid.value, &status, WNOHANG | __WALL);
    if (ended == pid.value) return status;
    if (ended < 0 && errno != EINTR) return std::nullopt;
    constexpr int kPollMs = 50;  // a hang-up is what it is told at once
    pollfd gone{.fd = front.descriptor(), .events = 0, .revents = 0};
    if (::poll(&gone, 1, kPollMs) > 0) return std::nullopt;
  }
}

int status_of_command(int wait_status) {
  if (WIFSIGNALED(wait_status)) return die_of(Signal(WTERMSIG(wait_status)));
  return WEXITSTATUS(wait_status);
}

std::string count_of(std::uint64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

void tell_end(const BreakReport& report, const BreakpointOutcome& outcome, Pid pid) {
  std::string text = count_of(report.hits(), "hit");
  if (report.undecided() != 0) text += "; the condition could not be evaluated " + count_of(report.undecided(), "time");
  const std::string number = std::to_string(pid.value);
  if (outcome.end == BreakpointOutcome::End::Released) text += "; process " + number + " goes on without breakpoints";
  if (outcome.end == BreakpointOutcome::End::Stopped)
    text += "; process " + number + " is stopped: `kill -CONT " + number + "` lets it go on";
  say(text);
  if (outcome.sleepers != 0)
    say(count_of(outcome.sleepers, "thread") + " asleep in the kernel could not be asked" +
        (outcome.keeps_areas ? "; the memory for copied instructions stays mapped until `tether undo " + number + "`"
                             : ""));
}

struct Work {
  const BreakSettings& settings;
  std::optional<Pid> pid;            ///< to attach to
  std::vector<std::string> command;  ///< to launch
};

Result<int> serve(const Work& work, Front& front) {
  PatientOutput output = TETHER_TRY(open_output(work.settings, !work.pid, front.descriptor()));
  BreakReport report(work.settings.report, output);
  BreakpointRun run(work.settings.breakpoints, report);
  Pid pid;
  if (work.pid) {
    pid = *work.pid;
    TETHER_CHECK(check_names(pid, work.settings));
    TETHER_CHECK(run.attach(pid));
  } else {
    pid = TETHER_TRY(run.launch({.argv = work.command}));
  }
  const BreakpointOutcome outcome = TETHER_TRY(run.serve(front.descriptor()));
  report.finish();
  if (!work.settings.is_quiet) tell_end(report, outcome, pid);
  if (report.error()) return fail(*report.error());
  if (output.error() != 0) say(errno_error(output.error(), "the hits cannot be written"));
  if (work.pid) return output.error() == 0 ? 0 : kFailed;
  const auto status = outcome.command_status ? outcome.command_status : await_command(pid, front);
  return status ? status_of_command(*status) : 0;
}

int complain_of(const Error& error, bool is_launch) {
  if (!is_launch) return complain_of_target(error);
  say(error);
  return status_of_launch_failure(error);
}

int serve_in_guardian(const Work& work, Front& front) {
  ::signal(SIGPIPE, SIG_IGN);
  const auto status = serve(work, front);
  return status.has_value() ? *status : complain_of(status.error(), !work.pid);
}

Result<std::vector<BreakpointPlace>> parse_places(std::span<char* const> words) {
  std::vector<BreakpointPlace> places;
  for (const std::string_view word : words) places.push_back(TETHER_TRY(parse_place(word)));
  if (places.empty())
    return fail({.code = ErrorCode::Malformed,
                 .message = "nothing says where to break",
                 .hint = "for example `tether break PID malloc`; see `tether help break`"});
  return places;
}

}  // namespace

int run_break(const Invocation& invocation) {
  BreakSettings settings;
  const auto shapes = break_options();
  const auto words = read_words<BreakSettings>(invocation.argc, invocation.argv, shapes, settings);
  if (!words.has_value()) return complain(words.error());
  if (settings.wants_help) return print_help(kBreakUsage, shapes);
  if (const auto known = check_verbs(settings, invocation.verbs); !known.has_value()) return complain(known.error());
  Work work{.settings = settings, .pid = {}, .command = {words->command.begin(), words->command.end()}};
  std::span<char* const> where = words->words;
  if (work.command.empty()) {
    const auto taken = take_target(settings.name, where);
    if (!taken.has_value()) return complain_of_target(taken.error());
    if (taken->target.thread)
      return complain({.code = ErrorCode::Malformed,
                       .message = "a breakpoint is met by all threads of a process",
                       .hint = "give the process; `tether break` prints the thread of each hit"});
    if (const auto checked = expect_not_waiting_for_us(taken->target.pid); !checked.has_value())
      return complain(checked.error());
    work.pid = taken->target.pid;
    where = taken->rest;
  }
  auto places = parse_places(where);
  if (!places.has_value()) return complain(places.error());
  settings.report.places = *places;
  settings.breakpoints.places = std::move(*places);
  const auto end = run_guarded(work.pid ? Isolation::OwnSession : Isolation::SameTerminal,
                               [&](Front& front) { return serve_in_guardian(work, front); });
  if (!end.has_value()) return complain(end.error());
  return end->was_killed ? die_of(Signal(end->status)) : end->status;
}

}  // namespace tether::cli
