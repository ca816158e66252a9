#pragma once
// Guardian: changes are made by a process that nobody kills by mistake.
//
// A thread that makes a remote call, or a page with a breakpoint in it, must be put back whatever happens to tether. So
// the process that the user started is only a front: it forks, and its child, the guardian, does all the work. The
// guardian ignores the terminal's signals, and hears through a pipe that the front was asked to end (SIGINT, SIGTERM,
// SIGHUP) or is gone (killed: the pipe's other end closes). Then it finishes what it is at, and takes back what was to
// last only as long as tether. The front ends with the guardian's status.
//
//   return run_guarded(Isolation::OwnSession, [&](Front& front) { return patch(front); });

#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

#include "tether/base/result.h"
#include "tether/base/unique_fd.h"

namespace tether {

/// What the guardian knows of the process that the user started.
class Front {
 public:
  explicit Front(UniqueFd pipe) : pipe_(std::move(pipe)) {}

  /// Whether it was asked to end, or has gone.
  bool is_ending();
  /// How often: 0, 1 or 2. Signals within a fifth of a second are one request (timeout(1) and shells send them to a
  /// process and to its group), which wants this to be asked meanwhile; a front that has gone asked once.
  unsigned requests();
  /// Waits for that, `patience` at most; true if it came.
  bool await_ending(std::chrono::milliseconds patience);
  /// Waits for that for ever.
  void await_ending();
  /// Readable, or hung up, when that has come: for poll(2) beside other descriptors.
  int descriptor() const { return pipe_.get(); }

 private:
  UniqueFd pipe_;
  std::uint64_t first_request_ns_ = 0;  ///< 0: none was seen
  int first_signals_ = 0;               ///< those of the first request
};

enum class Isolation : std::uint8_t {
  OwnSession,    ///< a kill of the front's process group, or its terminal's end, does not reach the guardian
  SameTerminal,  ///< for work that launches a command, which is to have the terminal
};

/// How the work ended, as waitpid(2) reports it.
struct GuardedEnd {
  bool was_killed = false;
  int status = 0;  ///< exit status, or signal
};

/// Forks, runs `work` in the guardian, and waits for its end. `work`'s result is the guardian's exit status. To be
/// called while the process has a single thread; in the guardian this never returns. Errors: Io (fork, pipe).
Result<GuardedEnd> run_guarded(Isolation isolation, const std::function<int(Front&)>& work);

}  // namespace tether
