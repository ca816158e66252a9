#pragma once
// Undo: taking back what the journal says was changed.

#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/control/change.h"
#include "tether/control/journal.h"

namespace tether {

/// Takes one change back, if the process is as the change left it. Errors: Busy where the present state is another (it
/// says which); Unsupported for what cannot be taken back; TraceeGone.
Result<void> undo_change(Pid pid, const Change& change);

/// What is left to be undone in a journal, the last first. With changes whose maker died before it wrote down how they
/// went: those are undone too where their effect is found.
std::vector<JournalEntry> undoable(const std::vector<JournalEntry>& entries);

/// Undoes an entry, and writes down and returns what has become of it: Undone; or Gone, if the program or the thread that
/// was changed is no more, so that nothing was done. Errors: those of undo_change().
Result<Outcome> undo_entry(Journal& journal, const JournalEntry& entry);

}  // namespace tether
