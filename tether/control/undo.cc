#include "tether/control/undo.h"

#include <algorithm>
#include <cerrno>
#include <variant>

#include "tether/control/descriptors.h"
#include "tether/control/library_load.h"
#include "tether/control/mapping_change.h"
#include "tether/control/memory_write.h"
#include "tether/control/process_settings.h"
#include "tether/control/thread_registers.h"

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

Result<void> undo_entry(Journal& journal, const JournalEntry& entry) {
  auto undone = undo_change(journal.pid(), entry.change);
  if (!undone.has_value()) return undone;
  return journal.conclude(entry.number, Outcome::Undone, std::nullopt);
}

}  // namespace tether
