#pragma once
// Journal: what tether changed in a process, written down before it is changed.
//
// A file per process, of one JSON object a line, only ever appended to, so that it survives the death of whoever
// writes it. It lies in $XDG_STATE_HOME/tether (or ~/.local/state/tether) of the user who made the changes, and belongs
// to one life of one process: its name holds the process's id, start time and the machine's boot id. Journals of
// processes that have ended are removed when another one is opened.
//
//   Journal journal = TETHER_TRY(Journal::open(pid));
//   ChangeNumber n = TETHER_TRY(journal.intend(MemoryChange{…}, {}));   // on its way to the disk before we go on
//   …                                                                 // make the change
//   TETHER_CHECK(journal.conclude(n, Outcome::Made, {}));

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/base/unique_fd.h"
#include "tether/control/change.h"

namespace tether {

using ChangeNumber = std::uint64_t;

/// How a change ended.
enum class Outcome : std::uint8_t {
  Intended,  ///< written down, and nothing since: its maker died, or is at it
  Made,
  Failed,  ///< nothing was changed
  Undone,
  Gone,       ///< with the program that an exec has replaced, or with the thread that it was made in
  Joined,     ///< it has become a part of a later change of the same thing, which stands (undo.cc)
  Forgotten,  ///< it stays, and is not to be undone any more
};

/// Whether a change outlives the tether that made it.
enum class Lasting : std::uint8_t { Yes, UntilExit };

struct JournalEntry {
  ChangeNumber number = 0;  ///< 1, 2, … in one process
  Change change;
  Outcome outcome = Outcome::Intended;
  Lasting lasting = Lasting::Yes;
  std::string time;  ///< UTC, RFC 3339
  std::uint32_t uid = 0;
  Pid maker;                      ///< the process that made it
  std::uint64_t maker_start = 0;  ///< when that was started (procfs::Stat::start_ticks)
  std::string command;            ///< its command line
  std::string program;            ///< the program that was changed (program_image.h); empty if unknown
};

class Journal {
 public:
  /// The journal of a live process. Errors: NotFound if there is no such process; Io, PermissionDenied for the file.
  static Result<Journal> open(Pid pid);

  /// The entries so far, oldest first. Lines that do not parse (a torn write) are left out.
  Result<std::vector<JournalEntry>> entries() const;

  /// Writes down what is about to be done. On return the line is in the file.
  Result<ChangeNumber> intend(const Change& change, Lasting lasting);

  /// Writes down how it ended. A change that became known only by making it (the address of a mapping) replaces what
  /// was intended.
  Result<void> conclude(ChangeNumber number, Outcome outcome, const std::optional<Change>& made);

  /// As long as it lives no other tether intends a change of the process, nor undoes one. The journal must outlive it,
  /// and stay where it is.
  class Hold {
   public:
    explicit Hold(Journal& journal);
    Hold(Hold&& other) noexcept : journal_(std::exchange(other.journal_, nullptr)) {}
    Hold& operator=(Hold&&) = delete;
    ~Hold();

   private:
    Journal* journal_;
  };

  const std::string& path() const { return path_; }
  Pid pid() const { return pid_; }

 private:
  Journal(Pid pid, std::string path, UniqueFd file) : pid_(pid), path_(std::move(path)), file_(std::move(file)) {}
  Pid pid_;
  std::string path_;
  UniqueFd file_;
  int holds_ = 0;
};

/// Whether the tether that made the change still runs.
bool is_maker_alive(const JournalEntry& entry);

/// Where the journal of a live process is, or would be. NotFound if there is no such process.
Result<std::string> journal_path(Pid pid);

/// The entries of a live process's journal, without making one: none if nothing was ever changed.
Result<std::vector<JournalEntry>> read_journal(Pid pid);

/// The entries in a journal's text, oldest first. Lines that do not parse are left out.
std::vector<JournalEntry> parse_journal(std::string_view text);

}  // namespace tether
