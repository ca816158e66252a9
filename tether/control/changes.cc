#include "tether/control/changes.h"

#include <utility>

#include "tether/control/change_sequence.h"
#include "tether/control/undo.h"

namespace tether {

Result<Changes> Changes::open(Pid pid, ChangePolicy policy) {
  if (policy.mode == ChangePolicy::Mode::DryRun) return Changes(pid, policy, std::nullopt);
  return Changes(pid, policy, TETHER_TRY(Journal::open(pid)));
}

Result<void> Changes::allow_irrevocable(std::string_view why) const {
  if (policy_.irrevocable == ChangePolicy::Irrevocable::Make) return ok();
  return fail({.code = ErrorCode::Unsupported,
               .message = "this could not be taken back: " + std::string(why),
               .hint = "--force does it all the same"});
}

Result<void> Changes::make(const Change& change, const std::function<Result<void>()>& act) {
  auto made = perform(change, [&]() -> Result<std::optional<Change>> {
    TETHER_CHECK(act());
    return std::optional<Change>();
  });
  if (!made.has_value()) return fail(std::move(made).error());
  return ok();
}

Result<Change> Changes::make_known(const Change& intended, const std::function<Result<Change>()>& act) {
  return perform(intended, [&]() -> Result<std::optional<Change>> { return std::optional<Change>(TETHER_TRY(act())); });
}

/// `act` returns what the change turned out to be, or nullopt if it is as intended.
Result<Change> Changes::perform(const Change& intended, const std::function<Result<std::optional<Change>>()>& act) {
  if (changes_nothing(intended)) return intended;
  if (is_dry_run()) {
    made_.push_back(intended);
    return intended;
  }
  const ChangeNumber number = TETHER_TRY(journal_->intend(intended, policy_.lasting));
  auto made = act();
  if (!made.has_value()) {
    TETHER_CHECK(journal_->conclude(number, Outcome::Failed, std::nullopt));
    return fail(std::move(made).error());
  }
  if (*made && changes_nothing(**made)) {
    TETHER_CHECK(journal_->conclude(number, Outcome::Failed, *made));
    return std::move(**made);
  }
  made_.push_back(made->value_or(intended));
  numbers_.push_back(number);
  TETHER_CHECK(journal_->conclude(number, Outcome::Made, *made));
  return made_.back();
}

Result<void> Changes::take_back_last(const std::function<Result<void>(const Change&)>& how) {
  if (numbers_.empty()) return ok();
  Undoer undoer = TETHER_TRY(Undoer::begin(*journal_));
  TETHER_TRY(undoer.undo(numbers_.back(), how));
  numbers_.pop_back();
  made_.pop_back();
  return ok();
}

std::vector<Error> Changes::take_back() {
  if (numbers_.empty()) return {};
  std::vector<Error> failures;
  auto undoer = Undoer::begin(*journal_);
  if (!undoer.has_value()) failures.push_back(undoer.error());
  for (; !numbers_.empty(); numbers_.pop_back(), made_.pop_back()) {
    if (!undoer.has_value()) continue;
    const auto undone = undoer->undo(numbers_.back());
    if (!undone.has_value() && undone.error().code != ErrorCode::TraceeGone) failures.push_back(undone.error());
  }
  return failures;
}

}  // namespace tether
