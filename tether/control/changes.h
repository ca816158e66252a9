#pragma once
// Changes: how a verb makes its changes, so that none is made that was not written down first.
//
//   Changes changes(journal, {.lasting = Lasting::UntilExit});
//   TETHER_CHECK(changes.make(MemoryChange{…}, [&] { return sys::write_process_memory(tid, address, after); }));
//   …
//   changes.take_back();                       // those of this object, the last one first

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tether/base/result.h"
#include "tether/control/change.h"
#include "tether/control/journal.h"
#include "tether/control/remote_calls.h"

namespace tether {

struct ChangePolicy {
  Lasting lasting = Lasting::Yes;
  /// DryRun: nothing is made and nothing is written; `plan()` says what would have been.
  enum class Mode : std::uint8_t { Make, DryRun } mode = Mode::Make;
  /// What to do about a change that cannot be taken back.
  enum class Irrevocable : std::uint8_t { Refuse, Make } irrevocable = Irrevocable::Refuse;
  RemoteCallOptions::Confined confined = RemoteCallOptions::Confined::Refuse;
};

class Changes {
 public:
  /// Opens the journal of the process. Errors: those of Journal::open.
  static Result<Changes> open(Pid pid, ChangePolicy policy);

  /// Writes the change down, makes it, and writes down how that went. Errors: those of the journal, before anything is
  /// made; those of `act`, with the change marked as failed. A change that changes nothing is neither made nor written
  /// down.
  Result<void> make(const Change& change, const std::function<Result<void>()>& act);

  /// For a change that is known in full only once it is made (the address of a mapping): `act` returns it.
  Result<Change> make_known(const Change& intended, const std::function<Result<Change>()>& act);

  /// How remote calls for these changes are to be made.
  RemoteCallOptions remote_calls() const { return {.confined = policy_.confined}; }

  /// Whether what cannot be taken back may be done; if not, an error that says `why` it cannot, for the user.
  Result<void> allow_irrevocable(std::string_view why) const;

  bool is_dry_run() const { return policy_.mode == ChangePolicy::Mode::DryRun; }
  Pid pid() const { return pid_; }

  /// What was, or would have been, made, oldest first.
  const std::vector<Change>& made() const { return made_; }

  /// Takes back what was made, the last first. What cannot be taken back is returned, each with its reason; the rest is
  /// taken back all the same. The process having ended is no failure.
  std::vector<Error> take_back();

  /// Takes back the last one in a manner of the caller's, who knows more of it than undo.h. Nothing if there is none.
  Result<void> take_back_last(const std::function<Result<void>(const Change&)>& how);

 private:
  Changes(Pid pid, ChangePolicy policy, std::optional<Journal> journal)
      : pid_(pid), policy_(policy), journal_(std::move(journal)) {}
  Result<Change> perform(const Change& intended, const std::function<Result<std::optional<Change>>()>& act);

  Pid pid_;
  ChangePolicy policy_;
  std::optional<Journal> journal_;
  std::vector<Change> made_;
  std::vector<ChangeNumber> numbers_;
};

}  // namespace tether
