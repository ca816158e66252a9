#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tether/cli/change_options.h"
#include "tether/cli/launched_target.h"
#include "tether/cli/messages.h"
#include "tether/cli/target.h"
#include "tether/cli/verb.h"
#include "tether/control/process_settings.h"
#include "tether/procfs/process_list.h"
#include "tether/procfs/task.h"
#include "tether/sink/text/string_text.h"

namespace tether::cli {

namespace {

struct SetSettings {
  ChangeSettings change;
  bool is_tree = false;
};

std::vector<Option<SetSettings>> set_options() {
  return with_change_options<SetSettings>({
      {{0, "tree", OptionShape::Takes::Nothing, "", "also all descendants of the process"},
       [](SetSettings& s, Argument) {
         s.is_tree = true;
         return ok();
       }},
  });
}

std::string usage() {
  constexpr std::size_t kNameWidth = 22;
  std::string text =
      "usage: tether set [OPTIONS] PID [NAME=VALUE...]\n"
      "       tether set [OPTIONS] NAME=VALUE... -- COMMAND [ARGUMENT...]\n\n"
      "Changes limits and scheduling of a running process; without NAME=VALUE, shows them. The settings:\n";
  for (const SettingInfo& setting : known_settings()) {
    std::string line = "    " + setting.name;
    line.resize(std::max(line.size() + 1, kNameWidth), ' ');
    text += line + setting.value + ": " + setting.help + "\n";
  }
  return text + "\nOptions:\n";
}

int show(Pid pid) {
  const Tid task = procfs::living_task_of(pid);
  std::string text;
  for (const SettingInfo& setting : known_settings()) {
    const auto value = read_setting(task, setting.name);
    if (!value.has_value()) continue;
    text += setting.name + "=";
    append_printable(text, *value);
    text += "\n";
  }
  if (text.empty()) return complain({.code = ErrorCode::TraceeGone, .message = "the process has ended", .hint = {}});
  return print_text(text);
}

using Assignment = std::pair<std::string, std::string>;

Result<std::vector<Assignment>> parse_assignments(std::span<char* const> words) {
  std::vector<Assignment> all;
  for (const std::string_view word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos || equals == 0)
      return fail({.code = ErrorCode::Malformed,
                   .message = "'" + std::string(word) + "' is no NAME=VALUE",
                   .hint = "for example nice=5; `tether set --help` lists the names"});
    all.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  return all;
}

int apply(const SetSettings& settings, const std::vector<Pid>& pids, const std::vector<Assignment>& assignments) {
  return run_change(settings.change, pids, [&](Changes& changes, Front&) -> Result<void> {
    for (const auto& [name, value] : assignments) TETHER_CHECK(apply_setting(changes, name, value));
    return ok();
  });
}

int set_on_command(SetSettings settings, const Words& words) {
  const auto assignments = parse_assignments(words.words);
  if (!assignments.has_value()) return complain(assignments.error());
  const auto launched = launch_stopped(words.command);
  if (!launched.has_value()) return complain_of_launch(launched.error());
  settings.change.is_launched = true;
  return finish(*launched, apply(settings, {launched->pid}, *assignments));
}

}  // namespace

int run_set(const Invocation& invocation) {
  SetSettings settings;
  const auto shapes = set_options();
  const auto words = read_words<SetSettings>(invocation.argc, invocation.argv, shapes, settings);
  if (!words.has_value()) return complain(words.error());
  if (settings.change.wants_help) return print_help(usage(), shapes);
  if (!words->command.empty()) return set_on_command(settings, *words);
  const auto taken = take_process(settings.change.name, words->words, Wanted::Anything);
  if (!taken.has_value()) return complain_of_target(taken.error());
  const auto assignments = parse_assignments(taken->rest);
  if (!assignments.has_value()) return complain(assignments.error());
  if (assignments->empty()) return show(taken->target.pid);
  auto pids = settings.is_tree ? procfs::read_descendants(taken->target.pid) : std::vector{taken->target.pid};
  if (!pids.has_value()) return complain(pids.error());
  return apply(settings, *pids, *assignments);
}

}  // namespace tether::cli
