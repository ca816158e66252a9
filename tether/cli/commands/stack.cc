#include <optional>
#include <string>
#include <vector>

#include "tether/cli/change_options.h"
#include "tether/cli/command_line.h"
#include "tether/cli/messages.h"
#include "tether/cli/numbers.h"
#include "tether/cli/stack_report.h"
#include "tether/cli/target_call.h"

namespace tether::cli {

namespace {

constexpr std::string_view kStackUsage =
    "usage: tether stack [OPTIONS] PID[:TID]\n"
    "       tether stack [OPTIONS] -n NAME\n\n"
    "Shows the back traces of all threads of a process, or of one. The process stands still only while registers and "
    "stacks are copied.\n\nOptions:\n";

constexpr unsigned kMostFramesEver = 100'000;

struct StackSettings {
  std::optional<std::string> name;
  StackOptions stack;
  bool is_json = false;
  bool wants_help = false;
};

const std::vector<Option<StackSettings>>& stack_options() {
  static const std::vector<Option<StackSettings>> kOptions = {
      name_option<StackSettings>(),
      {{'k', "kernel", OptionShape::Takes::Nothing, "", "show also where each thread stands in the kernel"},
       [](StackSettings& s, Argument) {
         s.stack.kernel = StackOptions::Kernel::Yes;
         return ok();
       }},
      {{0, "no-lines", OptionShape::Takes::Nothing, "", "leave out source lines and inlined functions"},
       [](StackSettings& s, Argument) {
         s.stack.detail = symbol::Symbolizer::Detail::Symbol;
         return ok();
       }},
      {{0, "frames", OptionShape::Takes::Value, "N", "show at most N frames of each thread (default: 256)"},
       [](StackSettings& s, Argument count) -> Result<void> {
         s.stack.most_frames = TETHER_TRY(parse_count(*count, "--frames", kMostFramesEver));
         if (s.stack.most_frames == 0)
           return fail({.code = ErrorCode::Malformed, .message = "--frames: no frame would be shown", .hint = {}});
         return ok();
       }},
      json_option<StackSettings>("one JSON object"),
      help_option<StackSettings>(),
  };
  return kOptions;
}

}  // namespace

int run_stack(const Invocation& invocation) {
  const auto call = read_target_call<StackSettings>(invocation, kStackUsage, stack_options());
  if (!call.has_value()) return call.error();
  const StackSettings& settings = call->settings;
  if (!call->rest.empty())
    return complain(
        {.code = ErrorCode::Malformed,
         .message = "stack takes one process, and then nothing more: '" + std::string(call->rest.front()) + "'",
         .hint = "see `tether help stack`"});
  const auto report = make_stack_report(call->target, settings.stack);
  if (!report.has_value()) return complain_of_target(report.error());
  return print_text(settings.is_json ? stack_json(*report) : stack_text(*report));
}

}  // namespace tether::cli
