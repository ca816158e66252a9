#pragma once
// Undo: taking back what the journal says was changed.
//
//   Undoer undoer = TETHER_TRY(Undoer::begin(journal));
//   for (const JournalEntry& entry : undoable(undoer.entries())) TETHER_TRY(undoer.undo(entry.number));

#include <functional>
#include <optional>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/control/change.h"
#include "tether/control/journal.h"

namespace tether {

/// Takes one change back, if the process is as the change left it. Errors: Busy where the present state is another (it
/// says which); Unsupported for what cannot be taken back; TraceeGone.
Result<void> undo_change(Pid pid, const Change& change, UndoMode mode);

/// What is left to be undone in a journal, the last first. With changes whose maker died before it wrote down how they
/// went: those are undone too where their effect is found.
std::vector<JournalEntry> undoable(const std::vector<JournalEntry>& entries);

/// Undoes changes of one process, or finds out how that would go. As long as it lives no other tether changes anything
/// in the process.
class Undoer {
 public:
  /// The journal must outlive it. Errors: those of Journal::entries().
  static Result<Undoer> begin(Journal& journal);
  /// One that changes nothing, neither in the process nor in the journal. Errors: those of read_journal().
  static Result<Undoer> rehearse(Pid pid);

  /// All entries, as they are by now.
  const std::vector<JournalEntry>& entries() const { return entries_; }

  /// How the change itself is taken back, where the caller knows more of that than undo_change().
  using Manner = std::function<Result<void>(const Change&)>;

  /// Undoes a change that stands, writes down and returns what has become of it: Undone; Gone, if the program or the
  /// thread that was changed is no more, so that nothing was done; Joined, if a later change of the same thing stands,
  /// which takes back both when it is undone. A change that does not stand stays as it is. Errors: those of
  /// undo_change(), and of the journal.
  Result<Outcome> undo(ChangeNumber number, const Manner& manner = {});

  /// Has the change stay for good.
  Result<void> forget(ChangeNumber number);

 private:
  Undoer(Pid pid, Journal* journal) : pid_(pid), journal_(journal) {}
  bool is_rehearsal() const { return journal_ == nullptr; }
  Result<bool> join_later(const JournalEntry& entry);
  Result<void> rehearse(Change change, ChangeNumber number) const;
  Result<void> conclude(ChangeNumber number, Outcome outcome, const std::optional<Change>& change);

  Pid pid_;
  Journal* journal_;  ///< null: a rehearsal
  std::optional<Journal::Hold> hold_;
  std::vector<JournalEntry> entries_;
  std::vector<ChangeNumber> taken_back_;  ///< by this object, the last one first
};

}  // namespace tether
