#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tether/cli/change_options.h"
#include "tether/cli/command_line.h"
#include "tether/cli/exit_status.h"
#include "tether/cli/messages.h"
#include "tether/cli/step_session.h"
#include "tether/cli/target.h"
#include "tether/cli/verb.h"
#include "tether/control/guardian.h"

namespace tether::cli {

namespace {

constexpr std::string_view kStepUsage =
    "usage: tether step [OPTIONS] PID[:TID]\n"
    "       tether step [OPTIONS] -- COMMAND [ARGUMENT...]\n\n"
    "Executes a thread instruction by instruction, and shows each with what it changed; the other threads run on.\n"
    "When that is done, or at Ctrl-C, the thread goes on as if nothing had been.\n\nOptions:\n";

using Takes = OptionShape::Takes;
using Format = StepOutputOptions::Format;
using TraceFormat = StepOutputOptions::TraceFormat;

Result<void> set_count(StepSettings& settings, Argument argument) {
  std::uint64_t count = 0;
  const auto [end, err] = std::from_chars(argument->data(), argument->data() + argument->size(), count);
  if (err != std::errc() || end != argument->data() + argument->size() || count == 0)
    return fail({.code = ErrorCode::Malformed,
                 .message = "--count: '" + std::string(*argument) + "' is no number of instructions",
                 .hint = "for example --count=1000"});
  settings.count = count;
  return ok();
}

Result<void> set_trace_format(StepSettings& settings, Argument argument) {
  if (*argument != "text" && *argument != "binary")
    return fail({.code = ErrorCode::Malformed,
                 .message = "--trace-format: '" + std::string(*argument) + "' is no format",
                 .hint = "text: an address in hexadecimal a line; binary: eight bytes each, little-endian"});
  settings.output.trace_format = *argument == "binary" ? TraceFormat::Binary : TraceFormat::Text;
  return ok();
}

const std::vector<Option<StepSettings>>& step_options() {
  static const std::vector<Option<StepSettings>> kOptions = {
      name_option<StepSettings>(),
      {{'c', "count", Takes::Value, "N", "end after N instructions; a round of a repeated one counts"}, set_count},
      {{'u', "until", Takes::Value, "WHERE",
        "end before an address or symbol, before a system call (syscall), or when the function has returned (ret)"},
       [](StepSettings& s, Argument where) {
         s.until = std::string(*where);
         return ok();
       }},
      {{0, "over", Takes::Nothing, "", "a call is one step: what it calls runs at full speed"},
       [](StepSettings& s, Argument) {
         s.step.calls = StepOptions::Calls::Over;
         return ok();
       }},
      {{0, "stop-others", Takes::Nothing, "", "hold the other threads meanwhile"},
       [](StepSettings& s, Argument) {
         s.step.others = StepOptions::Others::Hold;
         return ok();
       }},
      {{0, "trace", Takes::Value, "FILE", "write the address of every executed instruction to FILE"},
       [](StepSettings& s, Argument file) {
         s.output.trace_file = std::string(*file);
         return ok();
       }},
      {{0, "trace-format", Takes::Value, "FORMAT",
        "text: one a line (default); binary: eight bytes each, little-endian"},
       set_trace_format},
      {{'o', "output", Takes::Value, "FILE", "write the listing to FILE; - for standard output"},
       [](StepSettings& s, Argument file) {
         s.output.file = std::string(*file);
         return ok();
       }},
      {{0, "json", Takes::Nothing, "", "one JSON object a line"},
       [](StepSettings& s, Argument) {
         s.output.format = Format::Json;
         return ok();
       }},
      {{'q', "quiet", Takes::Nothing, "", "only say how it ended"},
       [](StepSettings& s, Argument) {
         s.output.format = Format::Nothing;
         return ok();
       }},
      {{'h', "help", Takes::Nothing, "", "show this, and exit"},
       [](StepSettings& s, Argument) {
         s.wants_help = true;
         return ok();
       }},
  };
  return kOptions;
}

int finish_guarded(const Result<GuardedEnd>& end) {
  if (!end.has_value()) return complain(end.error());
  return end->was_killed ? die_of(Signal(end->status)) : end->status;
}

}  // namespace

int run_step(const Invocation& invocation) {
  StepSettings settings;
  auto words = read_words<StepSettings>(invocation.argc, invocation.argv, step_options(), settings);
  if (!words.has_value()) return complain(words.error());
  if (settings.wants_help) return print_help(kStepUsage, step_options());
  const auto too_many = [](std::string_view word) {
    return complain({.code = ErrorCode::Malformed,
                     .message = "step takes one thread, or a command behind --: '" + std::string(word) + "'",
                     .hint = "see `tether help step`"});
  };
  if (!words->command.empty()) {
    if (!words->words.empty()) return too_many(words->words.front());
    settings.output.otherwise = stderr;  // standard output is the command's
    return finish_guarded(run_guarded(Isolation::SameTerminal,
                                      [&](Front& front) { return step_command(settings, words->command, front); }));
  }
  const auto taken = take_target(settings.name, words->words);
  if (!taken.has_value()) return complain_of_target(taken.error());
  if (!taken->rest.empty()) return too_many(taken->rest.front());
  if (const auto checked = expect_not_waiting_for_us(taken->target.pid); !checked.has_value())
    return complain(checked.error());
  return finish_guarded(
      run_guarded(Isolation::OwnSession, [&](Front& front) { return step_process(settings, taken->target, front); }));
}

}  // namespace tether::cli
