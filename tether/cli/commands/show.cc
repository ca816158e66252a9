#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tether/cli/change_options.h"
#include "tether/cli/command_line.h"
#include "tether/cli/messages.h"
#include "tether/cli/process_page.h"
#include "tether/cli/target_call.h"
#include "tether/cli/terminal.h"

namespace tether::cli {

namespace {

constexpr std::string_view kShowUsage =
    "usage: tether show [OPTIONS] PID[:TID]\n\n"
    "Shows one page about a process: its command, user, parents, threads and what each is doing, memory, descriptors,\n"
    "signals, limits, namespaces and confinement; or what is one thread's own. The process is not stopped.\n\n"
    "Options:\n";

struct ShowSettings {
  std::optional<std::string> name;
  PageLength length = PageLength::Terminal;
  bool is_json = false;
  bool wants_help = false;
};

const std::vector<Option<ShowSettings>>& show_options() {
  using Takes = OptionShape::Takes;
  static const std::vector<Option<ShowSettings>> kOptions = {
      name_option<ShowSettings>(),
      {{'a', "all", Takes::Nothing, "", "all threads, and lines in full"},
       [](ShowSettings& s, Argument) {
         s.length = PageLength::Whole;
         return ok();
       }},
      json_option<ShowSettings>("one JSON document"),
      help_option<ShowSettings>(),
  };
  return kOptions;
}

/// Lines are cut for a terminal only: what reads a pipe wants all.
std::size_t width_for(const ShowSettings& settings) {
  if (settings.length == PageLength::Whole || !is_terminal(STDOUT_FILENO)) return 0;
  return find_terminal_width(STDOUT_FILENO).value_or(0);
}

int show_thread(const ProcessFacts& facts, Tid tid, const ShowSettings& settings) {
  const auto thread = std::ranges::find(facts.threads, tid, &ThreadFacts::tid);
  if (thread == facts.threads.end())
    return complain_of_target({.code = ErrorCode::NotFound,
                               .message = "thread " + std::to_string(tid.value) + " has just ended",
                               .hint = {}});
  return settings.is_json ? print_json(json_of_thread(facts, *thread))
                          : print_text(page_of_thread(facts, *thread, width_for(settings)));
}

}  // namespace

int run_show(const Invocation& invocation) {
  const auto call =
      read_target_call<ShowSettings>(invocation, kShowUsage, show_options(), Behind::Words, Wanted::Anything);
  if (!call.has_value()) return call.error();
  const ShowSettings& settings = call->settings;
  if (!call->rest.empty()) return complain_of_rest(call->rest.front());
  const auto facts = read_process_facts(call->target.pid);
  if (!facts.has_value()) return complain_of_target(facts.error());
  if (call->target.thread) return show_thread(*facts, *call->target.thread, settings);
  return settings.is_json ? print_json(json_of(*facts))
                          : print_text(page_of(*facts, settings.length, width_for(settings)));
}

}  // namespace tether::cli
