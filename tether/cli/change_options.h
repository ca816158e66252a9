#pragma once
// What all verbs that change a process have in common: their options, the guardian that they run in, what they say.
//
//   struct Settings { ChangeSettings change; … };
//   auto options = with_change_options<Settings>({ …the verb's own… });
//   return run_change(settings.change, pid, [&](Changes& changes, Front&) { return apply_setting(changes, "nice", "5");
//   });

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/cli/command_line.h"
#include "tether/control/changes.h"
#include "tether/control/guardian.h"

namespace tether::cli {

struct ChangeSettings {
  std::optional<std::string> name;  ///< -n
  bool is_dry_run = false;
  bool until_exit = false;
  bool is_forced = false;
  bool is_quiet = false;
  bool wants_help = false;
  bool is_launched = false;  ///< a command of ours, which stands at its exec (launched_target.h)
};

/// The verb's own options, and behind them the common ones.
template <class Settings>
std::vector<Option<Settings>> with_change_options(std::vector<Option<Settings>> own) {
  using Takes = OptionShape::Takes;
  const Option<Settings> common[] = {
      {{'n', "name", Takes::Value, "NAME", "the process of this name, instead of a PID"},
       [](Settings& s, Argument argument) {
         s.change.name = std::string(*argument);
         return ok();
       }},
      {{0, "dry-run", Takes::Nothing, "", "say what would be changed, and change nothing"},
       [](Settings& s, Argument) {
         s.change.is_dry_run = true;
         return ok();
       }},
      {{0, "until-exit", Takes::Nothing, "", "stay, and take the changes back when tether ends, in whatever way"},
       [](Settings& s, Argument) {
         s.change.until_exit = true;
         return ok();
       }},
      {{0, "force", Takes::Nothing, "", "also what cannot be undone, or may harm the process"},
       [](Settings& s, Argument) {
         s.change.is_forced = true;
         return ok();
       }},
      {{'q', "quiet", Takes::Nothing, "", "do not say what was changed"},
       [](Settings& s, Argument) {
         s.change.is_quiet = true;
         return ok();
       }},
      {{'h', "help", Takes::Nothing, "", "show this, and exit"},
       [](Settings& s, Argument) {
         s.change.wants_help = true;
         return ok();
       }},
  };
  own.insert(own.end(), std::begin(common), std::end(common));
  return own;
}

/// Writes to standard output; kFailed, with what is wrong, if that cannot be done.
int print_text(std::string_view text);
/// The same for whoever still has something to take back or to end then. Io if it cannot be done.
Result<void> put_text(std::string_view text);

/// Prints a verb's help on standard output, and returns the exit status.
template <class Settings>
int print_help(std::string_view usage, const std::vector<Option<Settings>>& options) {
  const std::vector<OptionShape> shapes(options.begin(), options.end());
  return print_text(std::string(usage) + describe_options(shapes));
}

/// The exit status after run_guarded(): that of the work; kFailed, with what to do, if the guardian was killed or could
/// not be had.
int status_of_guarded(const Result<GuardedEnd>& end, Pid pid);

/// What the options ask of Changes.
ChangePolicy change_policy(const ChangeSettings& settings);

/// With these, Ctrl-C ends a call, and a function where that is safe; a second one ends a function anywhere.
RemoteCallOptions heeding(Front& front, RemoteCallOptions options);

using ChangeWork = std::function<Result<void>(Changes&, Front&)>;

/// Does `work` on each of the processes in a guardian (control/guardian.h), says what was changed, and with
/// --until-exit waits for tether's end and takes it back. If one of them fails, what was changed before is taken back
/// everywhere. Returns the exit status.
int run_change(const ChangeSettings& settings, const std::vector<Pid>& pids, const ChangeWork& work);

}  // namespace tether::cli
