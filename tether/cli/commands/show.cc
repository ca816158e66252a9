#include <unistd.h>

#include <string>
#include <vector>

#include "tether/cli/change_options.h"
#include "tether/cli/command_line.h"
#include "tether/cli/messages.h"
#include "tether/cli/process_page.h"
#include "tether/cli/target.h"
#include "tether/cli/terminal.h"
#include "tether/cli/verb.h"

namespace tether::cli {

namespace {

constexpr std::string_view kUsage =
    "usage: tether show [OPTIONS] PID\n\n"
    "Shows one page about a process: its command, user, parents, threads and what each is doing, memory, descriptors,\n"
    "signals, limits, namespaces and confinement. The process is not stopped.\n\nOptions:\n";

struct Settings {
  std::optional<std::string> name;
  PageLength length = PageLength::Terminal;
  bool is_json = false;
  bool wants_help = false;
};

const std::vector<Option<Settings>>& options() {
  using Takes = OptionShape::Takes;
  static const std::vector<Option<Settings>> kOptions = {
      name_option<Settings>(),
      {{'a', "all", Takes::Nothing, "", "all threads, and lines in full"},
       [](Settings& s, Argument) {
         s.length = PageLength::Whole;
         return ok();
       }},
      json_option<Settings>("one JSON document"),
      help_option<Settings>(),
  };
  return kOptions;
}

/// Lines are cut for a terminal only: what reads a pipe wants all.
std::size_t width_for(const Settings& settings) {
  if (settings.length == PageLength::Whole || !is_terminal(STDOUT_FILENO)) return 0;
  return find_terminal_width(STDOUT_FILENO).value_or(0);
}

}  // namespace

int run_show(const Invocation& invocation) {
  Settings settings;
  const auto first = read_options<Settings>(invocation.argc, invocation.argv, options(), settings);
  if (!first.has_value()) return complain(first.error());
  if (settings.wants_help) return print_help(kUsage, options());
  const std::span<char* const> words(invocation.argv + *first, invocation.argv + invocation.argc);
  const auto taken = take_target(settings.name, words);
  if (!taken.has_value()) return complain_of_target(taken.error());
  if (!taken->rest.empty()) return complain_of_rest(taken->rest.front());
  const auto facts = read_process_facts(taken->target.pid);
  if (!facts.has_value()) return complain_of_target(facts.error());
  return settings.is_json ? print_json(json_of(*facts))
                          : print_text(page_of(*facts, settings.length, width_for(settings)));
}

}  // namespace tether::cli
