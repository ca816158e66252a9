#pragma once
// The set of signals that a thread blocks, changed from outside.
//
//   TETHER_CHECK(change_signal_mask(changes, tid, {.add = bit_of(Signal(SIGUSR1))}));

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/control/change.h"
#include "tether/control/changes.h"
#include "tether/sys/ptrace.h"

namespace tether {

/// What is to become of a mask: first `set`, where it is there, then `add`, then `remove`.
struct SignalMaskEdit {
  std::optional<sys::SignalMask> set;
  sys::SignalMask add = 0;
  sys::SignalMask remove = 0;
  /// What to do where a signal waits that will be delivered as soon as it is unblocked, and kill or stop the process.
  enum class Deadly : std::uint8_t { Refused, Allowed } deadly = Deadly::Refused;
};

/// Changes the mask that the thread has outside of calls that replace it for their time. SIGKILL and SIGSTOP cannot be
/// blocked: the kernel leaves them out. Errors: those of HeldTask::seize(); Busy where a waiting signal would be
/// deadly.
Result<void> change_signal_mask(Changes& changes, Tid thread, const SignalMaskEdit& edit);

/// How a SettingChange of a mask is called; its values are as format_signal_mask() makes them.
inline constexpr std::string_view kSignalMaskSetting = "signal mask";

/// "SIGINT,SIGUSR1"; "none".
std::string format_signal_mask(sys::SignalMask mask);
/// Malformed for anything else.
Result<sys::SignalMask> parse_signal_mask(std::string_view text);

/// Gives the thread the mask back that it had. Busy if it has changed it since.
Result<void> undo_signal_mask(const SettingChange& change, UndoMode mode);

}  // namespace tether
