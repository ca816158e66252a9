#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tether/cli/change_options.h"
#include "tether/cli/command_line.h"
#include "tether/cli/messages.h"
#include "tether/cli/target_call.h"
#include "tether/control/journal.h"
#include "tether/control/undo.h"
#include "tether/procfs/process_list.h"
#include "tether/sink/text/string_text.h"

namespace tether::cli {

namespace {

constexpr std::string_view kUndoUsage =
    "usage: tether undo [OPTIONS] PID [N]\n\n"
    "Takes back the last N changes that tether made in a process and that still stand, the last one first; without N, "
    "all of them.\n"
    "Stops at one that cannot be taken back, because the process is no longer as the change left it.\n\nOptions:\n";

struct UndoSettings {
  std::optional<std::string> name;
  bool is_tree = false;
  bool is_dry_run = false;
  bool skips = false;
  bool forgets = false;
  bool wants_help = false;
};

const std::vector<Option<UndoSettings>>& undo_options() {
  static const std::vector<Option<UndoSettings>> kOptions = {
      name_option<UndoSettings>(),
      {{0, "tree", OptionShape::Takes::Nothing, "", "also in all descendants of the process"},
       [](UndoSettings& s, Argument) {
         s.is_tree = true;
         return ok();
       }},
      {{0, "dry-run", OptionShape::Takes::Nothing, "", "say what would be taken back or refused, and change nothing"},
       [](UndoSettings& s, Argument) {
         s.is_dry_run = true;
         return ok();
       }},
      {{0, "skip", OptionShape::Takes::Nothing, "", "go on behind a change that cannot be taken back"},
       [](UndoSettings& s, Argument) {
         s.skips = true;
         return ok();
       }},
      {{0, "forget", OptionShape::Takes::Nothing, "",
        "leave the changes as they are, and take them for the process's own"},
       [](UndoSettings& s, Argument) {
         s.forgets = true;
         return ok();
       }},
      help_option<UndoSettings>(),
  };
  return kOptions;
}

constexpr std::size_t kAllChanges = std::numeric_limits<std::size_t>::max();

Result<std::size_t> parse_most(std::span<char* const> words) {
  if (words.empty()) return kAllChanges;
  const std::string_view word = words.front();
  std::size_t most = 0;
  const auto [end, err] = std::from_chars(word.data(), word.data() + word.size(), most);
  if (words.size() > 1)
    return fail({.code = ErrorCode::Malformed,
                 .message = "undo takes one count of changes, and then nothing more: '" + std::string(words[1]) + "'",
                 .hint = "it takes back the last N; a single one out of their order cannot be taken back"});
  if (err == std::errc() && end == word.data() + word.size() && most > 0) return most;
  return fail({.code = ErrorCode::Malformed,
               .message = "'" + std::string(word) + "' is no count of changes",
               .hint = "`tether undo PID 1` takes back the last one"});
}

Result<Outcome> settle(Undoer& undoer, ChangeNumber number, const UndoSettings& settings) {
  if (!settings.forgets) return undoer.undo(number);
  TETHER_CHECK(undoer.forget(number));
  return Outcome::Forgotten;
}

std::string_view what_is_done(Outcome outcome, const UndoSettings& settings) {
  switch (outcome) {
    case Outcome::Forgotten:
      return settings.is_dry_run ? "would leave as it is: " : "left as it is: ";
    case Outcome::Gone:
      return "gone by itself: ";
    case Outcome::Joined:
      return settings.is_dry_run ? "would leave to a later change of the same: "
                                 : "left to a later change of the same: ";
    default:
      return settings.is_dry_run ? "would take back " : "taken back: ";
  }
}

Error not_undone(Error error, const JournalEntry& entry) {
  error.hint += (error.hint.empty() ? "" : "; ") +
                std::string("`tether undo --skip` goes on with the change before it, `--forget` leaves it as it is");
  return std::move(error).with_context("change " + std::to_string(entry.number));
}

/// Undoes one process's changes, says of each what became of it, and returns the exit status.
int undo_all(Undoer& undoer, std::size_t most, const std::string& prefix, const UndoSettings& settings) {
  int status = 0;
  std::string text;
  auto left = undoable(undoer.entries());
  left.resize(std::min(left.size(), most));
  for (const JournalEntry& entry : left) {
    const auto done = settle(undoer, entry.number, settings);
    if (!done.has_value()) {
      say(not_undone(done.error(), entry));
      status = kFailed;
      if (settings.skips) continue;
      break;
    }
    text += prefix;
    text += what_is_done(*done, settings);
    append_printable(text, describe(entry.change));
    text += "\n";
  }
  if (left.empty() && prefix.empty()) text = "there is nothing to take back\n";
  return print_text(text) == 0 ? status : kFailed;
}

int undo_in(Pid pid, std::size_t most, const std::string& prefix, const UndoSettings& settings) {
  std::optional<Journal> journal;
  if (!settings.is_dry_run) {
    auto opened = Journal::open(pid);
    if (!opened.has_value()) return complain(opened.error());
    journal = std::move(*opened);
  }
  auto undoer = journal ? Undoer::begin(*journal) : Undoer::rehearse(pid);
  if (!undoer.has_value()) return complain(undoer.error());
  return undo_all(*undoer, most, prefix, settings);
}

/// The youngest first. What fails in one process does not keep the others from being undone.
int undo_in_tree(Pid ancestor, const UndoSettings& settings) {
  const auto pids = procfs::read_descendants(ancestor);
  if (!pids.has_value()) return complain(pids.error());
  int status = 0;
  bool is_anything_left = false;
  for (auto pid = pids->rbegin(); pid != pids->rend(); ++pid) {
    const auto entries = read_journal(*pid);
    if (!entries.has_value() && entries.error().code != ErrorCode::TraceeGone) status = complain(entries.error());
    if (!entries.has_value() || undoable(*entries).empty()) continue;
    is_anything_left = true;
    status = std::max(status, undo_in(*pid, kAllChanges, std::to_string(pid->value) + ": ", settings));
  }
  if (!is_anything_left && status == 0) print_text("there is nothing to take back\n");
  return status;
}

}  // namespace

int run_undo(const Invocation& invocation) {
  const auto call =
      read_target_call<UndoSettings>(invocation, kUndoUsage, undo_options(), Behind::Words, Wanted::Anything);
  if (!call.has_value()) return call.error();
  const UndoSettings& settings = call->settings;
  if (const auto whole = expect_process(call->target); !whole.has_value()) return complain(whole.error());
  const auto most = parse_most(call->rest);
  if (!most.has_value()) return complain(most.error());
  if (settings.is_tree && !call->rest.empty())
    return complain({.code = ErrorCode::Malformed,
                     .message = "--tree takes back all that was changed in each of the processes: no count",
                     .hint = "without --tree, the last N changes of one process are"});
  const auto end = run_guarded(Isolation::OwnSession, [&](Front&) {
    return settings.is_tree ? undo_in_tree(call->target.pid, settings) : undo_in(call->target.pid, *most, "", settings);
  });
  return status_of_guarded(end, call->target.pid);
}

}  // namespace tether::cli
