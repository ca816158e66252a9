#include "tether/control/undo.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <variant>

#include "tether/control/descriptors.h"
#include "tether/control/library_load.h"
#include "tether/control/mapping_change.h"
#include "tether/control/memory_write.h"
#include "tether/control/process_settings.h"
#include "tether/control/program_image.h"
#include "tether/control/thread_registers.h"
#include "tether/procfs/task.h"

namespace tether {

namespace {

/// A change that nobody has written down the end of, while its maker still lives, is being made just now.
bool is_under_way(const JournalEntry& entry) {
  return entry.outcome == Outcome::Intended && is_maker_alive(entry);
}

Result<void> undo(Pid, const Deed& deed) {
  return fail(
      {.code = ErrorCode::Unsupported, .message = "what has happened cannot be taken back: " + deed.what, .hint = {}});
}

/// Whether an exec makes an end of it.
bool is_of_the_program(const Change& change) {
  return std::holds_alternative<MemoryChange>(change) || std::holds_alternative<RegisterChange>(change) ||
         std::holds_alternative<MappingChange>(change) || std::holds_alternative<LibraryChange>(change);
}

std::optional<Tid> thread_of(const Change& change) {
  if (const auto* of_register = std::get_if<RegisterChange>(&change)) return of_register->tid;
  if (const auto* setting = std::get_if<SettingChange>(&change)) return setting->tid;
  return std::nullopt;
}

bool is_gone(Pid pid, const JournalEntry& entry) {
  if (is_of_the_program(entry.change) && !entry.program.empty()) {
    const std::string now = program_image(pid);
    if (!now.empty() && now != entry.program) return true;
  }
  const auto thread = thread_of(entry.change);
  const auto tids = procfs::read_task_ids(leader_of(pid));
  return thread && tids.has_value() && std::ranges::find(*tids, *thread) == tids->end();
}

}  // namespace

Result<void> undo_change(Pid pid, const Change& change) {
  return std::visit([pid](const auto& c) { return undo(pid, c); }, change);
}

std::vector<JournalEntry> undoable(const std::vector<JournalEntry>& entries) {
  std::vector<JournalEntry> left;
  std::ranges::copy_if(entries, std::back_inserter(left), [](const JournalEntry& entry) {
    const bool may_be_there = entry.outcome == Outcome::Made || entry.outcome == Outcome::Intended;
    return may_be_there && !is_under_way(entry) && !std::holds_alternative<Deed>(entry.change);
  });
  std::ranges::reverse(left);
  return left;
}

Result<Outcome> undo_entry(Journal& journal, const JournalEntry& entry) {
  const Outcome outcome = is_gone(journal.pid(), entry) ? Outcome::Gone : Outcome::Undone;
  if (outcome == Outcome::Undone) TETHER_CHECK(undo_change(journal.pid(), entry.change));
  TETHER_CHECK(journal.conclude(entry.number, outcome, std::nullopt));
  return outcome;
}

}  // namespace tether
