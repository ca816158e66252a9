// Changes that lie on top of each other.
//
// Two tethers may change the same thing, the first from 1 to 2, the second from 2 to 3, and the first may end before
// the second. It cannot restore 1, since that would take the second's 3 away; and if it left things at that, the second
// would restore 2, which nobody wants any more. So the first is taken out of the chain: the second's entry says from
// now on that it went from 1 to 3, and the first's that it has been joined with a later one. Whoever is last restores
// what was there at first, whatever the order is. The journal is held from looking to writing, so that two that end at
// once do it one after the other.
//
// A rehearsal looks at the process as it is, with the later changes still in it. So it asks whether what it finds is
// what a change and the later ones, joined, would have left.

#include "tether/control/undo.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>
#include <variant>

#include "tether/control/change_sequence.h"
#include "tether/control/descriptors.h"
#include "tether/control/internal/undo_room.h"
#include "tether/control/keeper.h"
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

bool stands(const JournalEntry& entry) {
  return (entry.outcome == Outcome::Made || entry.outcome == Outcome::Intended) && !is_under_way(entry) &&
         !std::holds_alternative<Deed>(entry.change);
}

Result<void> undo(Pid, const Deed& deed, UndoMode) {
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

/// What was kept so that `then` could restore what `first` had left: nobody is going to want that any more.
void release_what_lies_between(const Change& first, const Change& then) {
  const auto* one = std::get_if<DescriptorChange>(&first);
  const auto* other = std::get_if<DescriptorChange>(&then);
  if (one != nullptr && one->after) release_kept(*one->after);
  if (other != nullptr && other->before) release_kept(*other->before);
}

}  // namespace

Result<void> undo_change(Pid pid, const Change& change, UndoMode mode) {
  return std::visit([=](const auto& c) { return undo(pid, c, mode); }, change);
}

std::vector<JournalEntry> undoable(const std::vector<JournalEntry>& entries) {
  std::vector<JournalEntry> left;
  std::ranges::copy_if(entries, std::back_inserter(left), stands);
  std::ranges::reverse(left);
  return left;
}

Result<Undoer> Undoer::begin(Journal& journal) {
  Undoer undoer(journal.pid(), &journal);
  undoer.hold_.emplace(journal);
  undoer.entries_ = TETHER_TRY(journal.entries());
  return undoer;
}

Result<Undoer> Undoer::rehearse(Pid pid) {
  Undoer undoer(pid, nullptr);
  undoer.entries_ = TETHER_TRY(read_journal(pid));
  return undoer;
}

Result<Outcome> Undoer::undo(ChangeNumber number, const Manner& manner) {
  const auto found = std::ranges::find(entries_, number, &JournalEntry::number);
  if (found == entries_.end())
    return fail({.code = ErrorCode::NotFound,
                 .message = "there is no change " + std::to_string(number) + " in the journal",
                 .hint = "`tether journal` lists them"});
  const JournalEntry& entry = *found;
  if (!stands(entry)) return entry.outcome;
  Outcome outcome = Outcome::Undone;
  if (is_gone(pid_, entry))
    outcome = Outcome::Gone;
  else if (TETHER_TRY(join_later(entry)))
    outcome = Outcome::Joined;
  else if (is_rehearsal())
    TETHER_CHECK(rehearse(entry.change, number));
  else
    TETHER_CHECK(with_room_to_undo(*journal_, entry.change, [&] {
      return manner ? manner(entry.change) : undo_change(pid_, entry.change, UndoMode::Make);
    }));
  if (outcome == Outcome::Undone) taken_back_.push_back(number);
  TETHER_CHECK(conclude(number, outcome, std::nullopt));
  return outcome;
}

Result<void> Undoer::forget(ChangeNumber number) {
  return conclude(number, Outcome::Forgotten, std::nullopt);
}

/// False if there is no later change that it could be joined with.
Result<bool> Undoer::join_later(const JournalEntry& entry) {
  for (JournalEntry& later : entries_) {
    if (later.number <= entry.number || later.outcome != Outcome::Made || is_gone(pid_, later)) continue;
    const auto both = join(entry.change, later.change);
    if (!both || !covers(later.change, entry.change)) continue;
    const Change former = std::exchange(later.change, *both);
    TETHER_CHECK(conclude(later.number, Outcome::Made, both));
    if (!is_rehearsal()) release_what_lies_between(entry.change, former);
    return true;
  }
  return false;
}

/// As if what was taken back in this rehearsal were not there any more.
Result<void> Undoer::rehearse(Change change, ChangeNumber number) const {
  for (const JournalEntry& later : entries_) {
    if (later.number <= number || std::ranges::find(taken_back_, later.number) == taken_back_.end()) continue;
    if (hides(later.change, change)) return ok();
    if (auto both = join(change, later.change)) change = std::move(*both);
  }
  return undo_change(pid_, change, UndoMode::DryRun);
}

Result<void> Undoer::conclude(ChangeNumber number, Outcome outcome, const std::optional<Change>& change) {
  const auto entry = std::ranges::find(entries_, number, &JournalEntry::number);
  if (entry != entries_.end()) entry->outcome = outcome;
  return is_rehearsal() ? ok() : journal_->conclude(number, outcome, change);
}

}  // namespace tether
