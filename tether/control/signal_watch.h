#pragma once
// SignalWatch: every signal of running processes, seen just before it is delivered, and let through, dropped or
// replaced.
//
//   auto watch = TETHER_TRY(SignalWatch::attach(processes, {}));
//   TETHER_CHECK(watch->run([](const SignalWatch::Seen& seen) -> SignalWatch::Verdict {
//     return {.deliver = seen.signal.value == SIGTERM ? Signal() : seen.signal};
//   }));
//
// A signal that is blocked is not seen before it is unblocked, SIGKILL never. Signals that the process ignores are
// seen.

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/tracee/stop.h"

namespace tether {

struct SignalWatchOptions {
  enum class Children : std::uint8_t { Leave, Follow } children = Children::Leave;  ///< those that it makes from now on
  std::optional<Tid> thread;  ///< only this one, of the only process
};

class SignalWatch {
 public:
  struct Seen {
    Tid tid;
    Pid pid;
    Signal signal;
    SigInfoBytes info;
  };
  struct Verdict {
    Signal deliver;                    ///< 0: none
    std::optional<SigInfoBytes> info;  ///< what it is delivered with, instead of its own
  };
  struct Listener {
    std::function<Verdict(const Seen&)> on_signal;
    /// The last task of a process has ended: its exit status, or the signal that killed it.
    std::function<void(Pid, std::variant<int, Signal>)> on_end;
  };

  /// Attaches to all threads of the processes. Errors: those of Tracer::attach(), if it worked for none.
  static Result<std::unique_ptr<SignalWatch>> attach(std::span<const Pid> processes, const SignalWatchOptions& options);
  virtual ~SignalWatch() = default;

  /// Why some of the processes are not watched.
  virtual const std::vector<Error>& refusals() const = 0;

  /// Watches until the processes have ended or request_stop() was called; lets them go. To be called by the thread that
  /// attached.
  virtual Result<void> run(const Listener& listener) = 0;

  /// From any thread.
  virtual void request_stop() = 0;
};

}  // namespace tether
