// tether sig: a table of what it can do, each a function of the settings and of the words behind the process.

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tether/base/nearest_name.h"
#include "tether/cli/change_options.h"
#include "tether/cli/exit_status.h"
#include "tether/cli/launched_target.h"
#include "tether/cli/messages.h"
#include "tether/cli/numbers.h"
#include "tether/cli/signal_interception.h"
#include "tether/cli/signal_listing.h"
#include "tether/cli/signal_text.h"
#include "tether/cli/target.h"
#include "tether/cli/verb.h"
#include "tether/control/signal_mask.h"
#include "tether/control/signals.h"
#include "tether/procfs/process_list.h"
#include "tether/procfs/task.h"

namespace tether::cli {

namespace {

constexpr std::string_view kSigUsage =
    "usage: tether sig ACTION [OPTIONS] PID[:TID] [ARGUMENTS...]\n"
    "       tether sig ACTION [OPTIONS] [ARGUMENTS...] -- COMMAND [ARGUMENT...]\n\n"
    "    ls PID[:TID]                       what waits, what is blocked, ignored, caught\n"
    "    send PID[:TID] SIGNAL              to the process, or to the one thread\n"
    "    queue PID[:TID] SIGNAL VALUE       the same with a value, as sigqueue(3)\n"
    "    mask PID[:TID] +SIGNAL -SIGNAL =SIGNAL,...   what its threads block; =none, =all\n"
    "    watch PID[:TID] [SIGNAL...]        each signal as it is delivered, until Ctrl-C\n"
    "    drop PID[:TID] SIGNAL...           until Ctrl-C they are not delivered\n"
    "    replace PID[:TID] SIGNAL OTHER     until Ctrl-C the other one is delivered\n"
    "    set-siginfo PID[:TID] SIGNAL FIELD=VALUE...  until Ctrl-C it comes with this siginfo\n\n"
    "Options:\n";

struct SigSettings {
  ChangeSettings change;
  bool is_json = false;
  bool wants_handlers = false;
  bool is_tree = false;
  SignalWatchOptions::Children children = SignalWatchOptions::Children::Leave;
  std::optional<Pid> launched;
};

std::vector<Option<SigSettings>> sig_options() {
  using Takes = OptionShape::Takes;
  return with_change_options<SigSettings>({
      {{0, "handlers", Takes::Nothing, "", "ls: also the handlers; the process itself is made to tell them"},
       [](SigSettings& s, Argument) {
         s.wants_handlers = true;
         return ok();
       }},
      {{'f', "follow", Takes::Nothing, "", "watch and the like: also children that are made meanwhile"},
       [](SigSettings& s, Argument) {
         s.children = SignalWatchOptions::Children::Follow;
         return ok();
       }},
      {{0, "tree", Takes::Nothing, "", "watch and the like: also all descendants that there are; implies -f"},
       [](SigSettings& s, Argument) {
         s.is_tree = true;
         s.children = SignalWatchOptions::Children::Follow;
         return ok();
       }},
      json_option<SigSettings>("ls, watch and the like: one JSON object a line"),
  });
}

using Arguments = std::span<char* const>;

Error wants(std::string_view what) {
  return {.code = ErrorCode::Malformed, .message = "expected " + std::string(what), .hint = "see `tether sig --help`"};
}

Result<std::vector<Signal>> parse_signals(Arguments words) {
  std::vector<Signal> signals;
  for (const char* word : words) signals.push_back(TETHER_TRY(parse_signal(word)));
  return signals;
}

int end_with(const Result<GuardedEnd>& end) {
  if (!end.has_value()) return complain(end.error());
  return end->was_killed ? die_of(Signal(end->status)) : end->status;
}

int run_ls(const SigSettings& settings, const Target& target, Arguments words) {
  if (!words.empty()) return complain(wants("nothing behind the process"));
  const auto list = [&](SignalHandlers handlers) {
    const auto text = list_signals(target, handlers, settings.is_json ? SignalLines::Json : SignalLines::Text);
    return text.has_value() ? print_text(*text) : complain_of_target(text.error());
  };
  if (!settings.wants_handlers) return list(SignalHandlers::Unwanted);
  return end_with(run_guarded(Isolation::OwnSession, [&](Front&) { return list(SignalHandlers::Wanted); }));
}

std::string receiver(const Target& target) {
  return target.thread ? "thread " + std::to_string(target.thread->value)
                       : "process " + std::to_string(target.pid.value);
}

int run_send(const SigSettings& settings, const Target& target, Arguments words) {
  if (words.size() != 1) return complain(wants("one signal"));
  const auto signal = parse_signal(words.front());
  if (!signal.has_value()) return complain(signal.error());
  return run_change(settings.change, {target.pid}, [&](Changes& changes, Front&) {
    return changes.make(Deed{.what = signal_text(*signal) + " sent to " + receiver(target)},
                        [&] { return send_signal(target.pid, target.thread, *signal); });
  });
}

int run_queue(const SigSettings& settings, const Target& target, Arguments words) {
  if (words.size() != 2) return complain(wants("one signal and a value"));
  const auto signal = parse_signal(words[0]);
  if (!signal.has_value()) return complain(signal.error());
  SigInfoBytes parsed{};
  const auto value = edit_siginfo(parsed, "si_value=" + std::string(words[1]));
  if (!value.has_value()) return complain(value.error());
  std::uint64_t bits = 0;
  std::memcpy(&bits, parsed.data() + offsetof(siginfo_t, si_value), sizeof bits);
  return run_change(settings.change, {target.pid}, [&](Changes& changes, Front&) {
    return changes.make(
        Deed{.what = signal_text(*signal) + " with value " + words[1] + " queued for " + receiver(target)},
        [&] { return queue_signal(target.pid, target.thread, *signal, bits); });
  });
}

/// "+SIGUSR1,SIGINT", "-SIGINT", "=none", "=all".
Result<void> add_edit(SignalMaskEdit& edit, std::string_view word) {
  const sys::SignalMask unblockable = bit_of(Signal(SIGKILL)) | bit_of(Signal(SIGSTOP));
  sys::SignalMask mask = 0;
  std::string_view list = word.substr(1);
  if (list == "none") list = {};
  if (list == "all") {
    mask = ~unblockable;
    list = {};
  }
  while (!list.empty()) {
    const std::string_view name = list.substr(0, list.find(','));
    list.remove_prefix(std::min(name.size() + 1, list.size()));
    mask |= bit_of(TETHER_TRY(parse_signal(name)));
  }
  if ((mask & unblockable) != 0)
    return fail({.code = ErrorCode::Malformed,
                 .message = "SIGKILL and SIGSTOP cannot be blocked: the kernel leaves them out of every mask",
                 .hint = "=all blocks all others"});
  if (word.starts_with('='))
    edit.set = mask;
  else
    (word.starts_with('+') ? edit.add : edit.remove) |= mask;
  return ok();
}

int run_mask(const SigSettings& settings, const Target& target, Arguments words) {
  SignalMaskEdit edit;
  if (settings.change.is_forced) edit.deadly = SignalMaskEdit::Deadly::Allowed;
  if (words.empty()) return complain(wants("+SIGNAL, -SIGNAL or =SIGNAL,..."));
  for (const std::string_view word : words) {
    if (word.size() < 2 || std::string_view("+-=").find(word.front()) == std::string_view::npos)
      return complain(wants("+SIGNAL, -SIGNAL or =SIGNAL,..., not '" + std::string(word) + "'"));
    if (const auto added = add_edit(edit, word); !added.has_value()) return complain(added.error());
  }
  return run_change(settings.change, {target.pid}, [&](Changes& changes, Front&) -> Result<void> {
    if (target.thread) return change_signal_mask(changes, *target.thread, edit);
    const bool has_leader = procfs::living_task_of(target.pid) == leader_of(target.pid);
    for (const Tid tid : TETHER_TRY(procfs::read_task_ids(leader_of(target.pid)))) {
      if (!has_leader && tid == leader_of(target.pid)) continue;  // it has ended, and is listed until the others have
      auto changed = change_signal_mask(changes, tid, edit);
      if (!changed.has_value() && changed.error().code != ErrorCode::TraceeGone) return changed;
    }
    return ok();
  });
}

Result<std::vector<Pid>> watched_processes(const SigSettings& settings, const Target& target) {
  if (!settings.is_tree) return std::vector{target.pid};
  auto tree = TETHER_TRY(procfs::read_descendants(target.pid));
  std::erase(tree, Pid(::getpid()));  // tether itself, run by the shell that it watches
  return tree;
}

SignalLines lines_of(const SigSettings& settings) {
  if (settings.change.is_quiet) return SignalLines::None;
  return settings.is_json ? SignalLines::Json : SignalLines::Text;
}

int run_watch(const SigSettings& settings, const Target& target, Arguments words) {
  const auto shown = parse_signals(words);
  if (!shown.has_value()) return complain(shown.error());
  const auto processes = watched_processes(settings, target);
  if (!processes.has_value()) return complain_of_target(processes.error());
  const SignalRules rules{.shown = *shown, .launched = settings.launched};
  return end_with(run_guarded(Isolation::OwnSession, [&](Front& front) {
    const auto watched = intercept_signals(*processes, {.children = settings.children, .thread = target.thread}, rules,
                                           settings.is_json ? SignalLines::Json : SignalLines::Text, front);
    return watched.has_value() ? 0 : complain_of_target(watched.error());
  }));
}

/// Intercepts for as long as tether lives; `what` is what the journal says of it.
int run_interception(const SigSettings& settings, const Target& target, SignalRules rules, const std::string& what) {
  const auto processes = watched_processes(settings, target);
  if (!processes.has_value()) return complain_of_target(processes.error());
  if (settings.change.is_forced) rules.faults = SignalRules::Faults::DropToo;
  rules.launched = settings.launched;
  return run_change(settings.change, {target.pid}, [&](Changes& changes, Front& front) -> Result<void> {
    const auto made = changes.make_known(Deed{.what = what}, [&]() -> Result<Change> {
      const SignalWatchOptions watch{.children = settings.children, .thread = target.thread};
      const std::uint64_t count = TETHER_TRY(intercept_signals(*processes, watch, rules, lines_of(settings), front));
      return Deed{.what = what + ": " + std::to_string(count) + (count == 1 ? " signal" : " signals")};
    });
    if (!made.has_value()) return fail(made.error());
    return ok();
  });
}

Result<void> check_interceptable(Signal signal) {
  if (signal.value != SIGKILL) return ok();
  return fail({.code = ErrorCode::Unsupported,
               .message = "SIGKILL cannot be intercepted: the kernel delivers it at once, past any tracer",
               .hint = {}});
}

int run_drop(const SigSettings& settings, const Target& target, Arguments words) {
  const auto dropped = parse_signals(words);
  if (!dropped.has_value()) return complain(dropped.error());
  if (dropped->empty()) return complain(wants("the signals to drop"));
  std::string names;
  for (const Signal signal : *dropped) {
    if (const auto checked = check_interceptable(signal); !checked.has_value()) return complain(checked.error());
    names += " " + signal_text(signal);
  }
  return run_interception(settings, target, {.shown = *dropped, .dropped = *dropped}, "dropping" + names);
}

int run_replace(const SigSettings& settings, const Target& target, Arguments words) {
  if (words.size() != 2) return complain(wants("two signals"));
  const auto signals = parse_signals(words);
  if (!signals.has_value()) return complain(signals.error());
  const Signal from = signals->front();
  const Signal to = signals->back();
  if (const auto checked = check_interceptable(from); !checked.has_value()) return complain(checked.error());
  return run_interception(settings, target, {.shown = {from}, .replaced = from, .replacement = to},
                          "replacing " + signal_text(from) + " by " + signal_text(to));
}

int run_set_siginfo(const SigSettings& settings, const Target& target, Arguments words) {
  if (words.size() < 2) return complain(wants("a signal and FIELD=VALUE"));
  const auto signal = parse_signal(words.front());
  if (!signal.has_value()) return complain(signal.error());
  if (const auto checked = check_interceptable(*signal); !checked.has_value()) return complain(checked.error());
  SignalRules rules{.shown = {*signal}, .edited = *signal};
  std::string what = "changing the siginfo of " + signal_text(*signal) + ":";
  for (const char* edit : words.subspan(1)) {
    SigInfoBytes trial{};
    if (const auto edited = edit_siginfo(trial, edit); !edited.has_value()) return complain(edited.error());
    rules.edits.emplace_back(edit);
    what += " " + std::string(edit);
  }
  return run_interception(settings, target, rules, what);
}

struct Action {
  std::string_view name;
  int (*run)(const SigSettings& settings, const Target& target, Arguments words);
};
constexpr Action kActions[] = {
    {"ls", run_ls},       {"send", run_send}, {"queue", run_queue},     {"mask", run_mask},
    {"watch", run_watch}, {"drop", run_drop}, {"replace", run_replace}, {"set-siginfo", run_set_siginfo},
};

const Action* find_action(std::string_view name) {
  const auto found = std::ranges::find(kActions, name, &Action::name);
  return found == std::end(kActions) ? nullptr : &*found;
}

int complain_of_action(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Action& action : kActions) names.push_back(action.name);
  return complain({.code = ErrorCode::Malformed,
                   .message = "no action '" + std::string(name) + "'" + did_you_mean(name, names),
                   .hint = "ls, send, queue, mask, watch, drop, replace, set-siginfo"});
}

/// "-SIGINT" is no option: such words of `mask` are taken out before the options are read.
std::vector<char*> take_negatives(std::string_view action, std::vector<char*>& words) {
  std::vector<char*> negatives;
  std::erase_if(words, [&](char* word) {
    const std::string_view text = word;
    if (action != "mask" || text.size() < 2 || text[0] != '-') return false;
    const bool is_removal = text == "-all" || parse_signal(text.substr(1, text.find(',') - 1)).has_value();
    if (is_removal) negatives.push_back(word);
    return is_removal;
  });
  return negatives;
}

std::vector<char*> joined(Arguments words, const std::vector<char*>& more) {
  std::vector<char*> all(words.begin(), words.end());
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

int run_on_command(const Action& action, SigSettings settings, const Words& words, const std::vector<char*>& rest) {
  const auto launched = launch_stopped(words.command);
  if (!launched.has_value()) return complain_of_launch(launched.error());
  settings.launched = launched->pid;
  settings.change.is_launched = true;
  return finish(*launched, action.run(settings, {.pid = launched->pid, .thread = {}}, rest));
}

}  // namespace

int run_sig(const Invocation& invocation) {
  std::vector<char*> arguments(invocation.argv, invocation.argv + invocation.argc);
  const std::string_view name = arguments.size() > 1 ? arguments[1] : "";
  const std::vector<char*> negatives = take_negatives(name, arguments);
  SigSettings settings;
  const auto shapes = sig_options();
  const auto words = read_words<SigSettings>(static_cast<int>(arguments.size()), arguments.data(), shapes, settings);
  if (!words.has_value()) return complain(words.error());
  if (settings.change.wants_help) return print_help(kSigUsage, shapes);
  if (words->words.empty())
    return complain(wants("an action: ls, send, queue, mask, watch, drop, replace, set-siginfo"));
  const Action* action = find_action(words->words.front());
  if (action == nullptr) return complain_of_action(words->words.front());
  const Arguments behind_action = std::span(words->words).subspan(1);
  if (!words->command.empty()) return run_on_command(*action, settings, *words, joined(behind_action, negatives));
  const auto taken = take_target(settings.change.name, behind_action);
  if (!taken.has_value()) return complain_of_target(taken.error());
  return action->run(settings, taken->target, joined(taken->rest, negatives));
}

}  // namespace tether::cli
