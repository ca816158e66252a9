#include "tether/control/signal_mask.h"

#include <signal.h>

#include <algorithm>
#include <utility>

#include "tether/base/signal_name.h"
#include "tether/control/remote_calls.h"
#include "tether/control/signals.h"
#include "tether/procfs/status.h"
#include "tether/tracee/hold.h"

namespace tether {

namespace {

constexpr sys::SignalMask kUnblockable = bit_of(Signal(SIGKILL)) | bit_of(Signal(SIGSTOP));

sys::SignalMask edited(sys::SignalMask mask, const SignalMaskEdit& edit) {
  return ((edit.set.value_or(mask) | edit.add) & ~edit.remove) & ~kUnblockable;
}

/// Signals that nothing is done about by default (signal(7)).
constexpr sys::SignalMask kHarmless =
    bit_of(Signal(SIGCHLD)) | bit_of(Signal(SIGCONT)) | bit_of(Signal(SIGURG)) | bit_of(Signal(SIGWINCH));

/// Whether unblocking `unblocked` lets something through that the process does not survive unharmed.
Result<void> refuse_deadly(Tid thread, sys::SignalMask unblocked) {
  const procfs::Status status = TETHER_TRY(procfs::read_status(thread));
  const sys::SignalMask pending = status.signals_pending | status.signals_pending_process;
  const sys::SignalMask deadly = unblocked & pending & ~(status.signals_caught | status.signals_ignored | kHarmless);
  if (deadly == 0) return ok();
  return fail({.code = ErrorCode::Busy,
               .message = format_signal_mask(deadly) + " waits for thread " + std::to_string(thread.value) +
                          ", and its default action kills or stops the process as soon as it is unblocked",
               .hint = "`tether sig mask --force` unblocks it all the same"});
}

/// In a call that has a mask of its own, that one stays until the call returns.
Result<void> set_mask(HeldTask& task, sys::SignalMask mask) {
  const procfs::Status status = TETHER_TRY(procfs::read_status(task.tid()));
  if (status.signals_blocked == TETHER_TRY(sys::signal_mask(task.tid()))) return sys::set_signal_mask(task.tid(), mask);
  RemoteCalls calls =
      TETHER_TRY(RemoteCalls::begin(task, {.confined = RemoteCallOptions::Confined::TryAnyway}));  // it makes none
  calls.go_on_with_mask(mask);
  return calls.end();
}

}  // namespace

std::string format_signal_mask(sys::SignalMask mask) {
  std::string text;
  for (const Signal signal : signals_of(mask))
    text += (text.empty() ? "" : ",") + std::string(find_signal_name(signal));
  return text.empty() ? "none" : text;
}

Result<sys::SignalMask> parse_signal_mask(std::string_view text) {
  sys::SignalMask mask = 0;
  if (text == "none") return mask;
  const std::vector<Signal> all = signals_of(~sys::SignalMask{0});
  while (!text.empty()) {
    const std::string_view name = text.substr(0, text.find(','));
    text.remove_prefix(std::min(name.size() + 1, text.size()));
    const auto found = std::ranges::find(all, name, find_signal_name);
    if (found == all.end())
      return fail({.code = ErrorCode::Malformed, .message = "no signal '" + std::string(name) + "'", .hint = {}});
    mask |= bit_of(*found);
  }
  return mask;
}

Result<void> change_signal_mask(Changes& changes, Tid thread, const SignalMaskEdit& edit) {
  HeldTask task = TETHER_TRY(HeldTask::seize(thread, {}));
  const sys::SignalMask before = TETHER_TRY(sys::signal_mask(thread));
  const sys::SignalMask after = edited(before, edit);
  if (edit.deadly == SignalMaskEdit::Deadly::Refused) TETHER_CHECK(refuse_deadly(thread, before & ~after));
  if (after != before) {
    const SettingChange change{.tid = thread,
                               .name = std::string(kSignalMaskSetting),
                               .before = format_signal_mask(before),
                               .after = format_signal_mask(after)};
    TETHER_CHECK(changes.make(change, [&] { return set_mask(task, after); }));
  }
  return std::move(task).release();
}

Result<void> undo_signal_mask(const SettingChange& change, UndoMode mode) {
  const sys::SignalMask before = TETHER_TRY(parse_signal_mask(change.before));
  HeldTask task = TETHER_TRY(HeldTask::seize(change.tid, {}));
  const std::string now = format_signal_mask(TETHER_TRY(sys::signal_mask(change.tid)));
  if (now != change.before && now != change.after)
    return fail({.code = ErrorCode::Busy,
                 .message = "thread " + std::to_string(change.tid.value) + " blocks " + now + " now, not " +
                            change.after + " as it was set",
                 .hint = "`tether sig mask` sets what you want"});
  const sys::SignalMask unblocked = TETHER_TRY(sys::signal_mask(change.tid)) & ~before;
  TETHER_CHECK(refuse_deadly(change.tid, unblocked));
  if (mode == UndoMode::Make) TETHER_CHECK(set_mask(task, before));
  return std::move(task).release();
}

}  // namespace tether
