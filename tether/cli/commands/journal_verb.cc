#include <algorithm>
#include <string>
#include <vector>

#include "tether/cli/change_options.h"
#include "tether/cli/command_line.h"
#include "tether/cli/json_output.h"
#include "tether/cli/messages.h"
#include "tether/cli/target_call.h"
#include "tether/control/journal.h"
#include "tether/sink/text/string_text.h"

namespace tether::cli {

namespace {

constexpr std::string_view kJournalUsage =
    "usage: tether journal [OPTIONS] PID\n\n"
    "Shows what tether has changed in a process, the oldest first. `tether undo PID` takes it back.\n\nOptions:\n";

struct JournalSettings {
  std::optional<std::string> name;
  bool is_json = false;
  bool wants_help = false;
};

const std::vector<Option<JournalSettings>>& journal_options() {
  static const std::vector<Option<JournalSettings>> kOptions = {
      name_option<JournalSettings>(),
      json_option<JournalSettings>(),
      help_option<JournalSettings>(),
  };
  return kOptions;
}

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::Intended:
      return "begun";
    case Outcome::Made:
      return "made";
    case Outcome::Failed:
      return "failed";
    case Outcome::Undone:
      return "undone";
    case Outcome::Gone:
      return "gone";
    case Outcome::Joined:
      return "joined";
    case Outcome::Forgotten:
      return "forgotten";
  }
  return "";
}

std::string line_of(const JournalEntry& entry) {
  const std::string number = std::to_string(entry.number);
  std::string line = std::string(number.size() < 4 ? 4 - number.size() : 0, ' ') + number + "  " + entry.time + "  " +
                     std::string(outcome_name(entry.outcome));
  line.resize(std::max(line.size(), std::size_t{40}), ' ');
  append_printable(line, describe(entry.change));
  if (entry.lasting == Lasting::UntilExit) line += ", until tether ends";
  line += "\n      uid " + std::to_string(entry.uid) + ", process " + std::to_string(entry.maker.value) + ": ";
  append_printable(line, entry.command);
  return line + "\n";
}

std::string json_of(const JournalEntry& entry) {
  return json_line({{"schema", 1},
                    {"change", entry.number},
                    {"time", entry.time},
                    {"outcome", outcome_name(entry.outcome)},
                    {"lasting", entry.lasting == Lasting::UntilExit ? "until-exit" : "yes"},
                    {"uid", entry.uid},
                    {"maker", entry.maker.value},
                    {"command", entry.command},
                    {"description", describe(entry.change)},
                    {"is", Json::parse(format_change(entry.change))}});
}

}  // namespace

int run_journal(const Invocation& invocation) {
  const auto call =
      read_target_call<JournalSettings>(invocation, kJournalUsage, journal_options(), Behind::Words, Wanted::Anything);
  if (!call.has_value()) return call.error();
  const JournalSettings& settings = call->settings;
  auto entries = read_journal(call->target.pid);
  if (!entries.has_value()) return complain(entries.error());
  std::erase_if(*entries, [](const JournalEntry& entry) { return entry.outcome == Outcome::Failed; });
  std::string text;
  for (const JournalEntry& entry : *entries) text += settings.is_json ? json_of(entry) : line_of(entry);
  if (entries->empty() && !settings.is_json)
    text = "nothing was changed in process " + std::to_string(call->target.pid.value) + "\n";
  return print_text(text);
}

}  // namespace tether::cli
