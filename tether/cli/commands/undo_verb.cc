#include <algorithm>
#include <charconv>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "tether/cli/change_options.h"
#include "tether/cli/command_line.h"
#include "tether/cli/messages.h"
#include "tether/cli/target_call.h"
#include "tether/control/journal.h"
#include "tether/control/undo.h"
#include "tether/sink/text/string_text.h"

namespace tether::cli {

namespace {

constexpr std::string_view kUsage =
    "usage: tether undo [OPTIONS] PID [N]\n\n"
    "Takes back the last N changes that tether made in a process and that still stand, the last one first; without N, "
    "all of them.\n"
    "Stops at one that cannot be taken back, because the process is no longer as the change left it.\n\nOptions:\n";

struct Settings {
  std::optional<std::string> name;
  bool is_dry_run = false;
  bool skips = false;
  bool forgets = false;
  bool wants_help = false;
};

const std::vector<Option<Settings>>& options() {
  static const std::vector<Option<Settings>> kOptions = {
      name_option<Settings>(),
      {{0, "dry-run", OptionShape::Takes::Nothing, "", "say what would be taken back, and change nothing"},
       [](Settings& s, Argument) {
         s.is_dry_run = true;
         return ok();
       }},
      {{0, "skip", OptionShape::Takes::Nothing, "", "go on behind a change that cannot be taken back"},
       [](Settings& s, Argument) {
         s.skips = true;
         return ok();
       }},
      {{0, "forget", OptionShape::Takes::Nothing, "", "leave the changes as they are, and take them for the process's own"},
       [](Settings& s, Argument) {
         s.forgets = true;
         return ok();
       }},
      help_option<Settings>(),
  };
  return kOptions;
}

Result<std::size_t> parse_most(std::span<char* const> words) {
  if (words.empty()) return std::numeric_limits<std::size_t>::max();
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

Result<Outcome> settle(Journal& journal, const JournalEntry& entry, const Settings& settings) {
  if (!settings.forgets) return undo_entry(journal, entry);
  TETHER_CHECK(journal.conclude(entry.number, Outcome::Forgotten, std::nullopt));
  return Outcome::Forgotten;
}

std::string_view what_was_done(Outcome outcome) {
  if (outcome == Outcome::Forgotten) return "left as it is: ";
  return outcome == Outcome::Gone ? "gone by itself: " : "taken back: ";
}

Error not_undone(Error error, const JournalEntry& entry) {
  error.hint += (error.hint.empty() ? "" : "; ") +
                std::string("`tether undo --skip` goes on with the change before it, `--forget` leaves it as it is");
  return std::move(error).with_context("change " + std::to_string(entry.number));
}

int undo_all(Journal& journal, const std::vector<JournalEntry>& entries, const Settings& settings) {
  int status = 0;
  std::string text;
  for (const JournalEntry& entry : entries) {
    if (settings.is_dry_run) {
      text += settings.forgets ? "would leave as it is: " : "would take back ";
    } else if (const auto done = settle(journal, entry, settings); done.has_value()) {
      text += what_was_done(*done);
    } else {
      say(not_undone(done.error(), entry));
      status = kFailed;
      if (settings.skips) continue;
      break;
    }
    append_printable(text, describe(entry.change));
    text += "\n";
  }
  if (entries.empty()) text = "there is nothing to take back\n";
  return print_text(text) == 0 ? status : kFailed;
}

}  // namespace

int run_undo(const Invocation& invocation) {
  const auto call = read_target_call<Settings>(invocation, kUsage, options(), Behind::Words, Wanted::Anything);
  if (!call.has_value()) return call.error();
  const Settings& settings = call->settings;
  if (const auto whole = expect_process(call->target); !whole.has_value()) return complain(whole.error());
  const auto most = parse_most(call->rest);
  if (!most.has_value()) return complain(most.error());
  const auto end = run_guarded(Isolation::OwnSession, [&](Front&) {
    auto journal = Journal::open(call->target.pid);
    if (!journal.has_value()) return complain(journal.error());
    const auto entries = journal->entries();
    if (!entries.has_value()) return complain(entries.error());
    auto left = undoable(*entries);
    left.resize(std::min(left.size(), *most));
    return undo_all(*journal, left, settings);
  });
  return status_of_guarded(end, call->target.pid);
}

}  // namespace tether::cli
