#pragma once
// CommandSink: what a launched command is owed by the program that traces it.
//
// A trace that cannot be written any more must not hurt the command: the error is told at once, the rest of the trace
// is dropped, and the command runs on to its end under the eyes of a tether that waits for it, as whoever started it
// expects. And a command that its terminal stops (Ctrl-Z) stops tether too, after it has stopped itself: so the shell,
// which knows tether only, gets its prompt back, and `fg` continues both. One that was stopped already (SIGSTOP) does
// not stop anew: then whoever hears the terminal asks has_stopped() and stops tether.

#include <atomic>
#include <cstdint>
#include <optional>

#include "tether/event/selection.h"
#include "tether/sink/sink.h"

namespace tether::cli {

class CommandSink final : public Sink {
 public:
  enum class JobControl : bool { No, Yes };

  /// Passes events on to `next`, which must outlive it; of signals and stops those in `shown`.
  /// With JobControl::Yes SIGTSTP must be blocked in every thread, and the session must observe kObservedSignals.
  CommandSink(Sink& next, Pid command, const SignalSelection& shown, JobControl job_control)
      : next_(next), command_(command), shown_(shown), job_control_(job_control) {}

  static const std::uint64_t kObservedSignals;  ///< those that stop and continue, as bits of a SignalSelection

  bool wants_whole_calls() const override { return next_.wants_whole_calls(); }
  Result<void> accept(const Event& event) override;
  Result<void> flush() override;

  /// The error that ended the trace, if one did.
  const std::optional<Error>& error() const { return error_; }

  /// From any thread: whether the command's own process has ended; others of its tree may go on.
  bool command_has_ended() const { return ended_.load(std::memory_order_relaxed); }
  /// From any thread: whether the command's own process was seen to stop, and not to go on.
  bool command_is_stopped() const { return is_stopped_.load(std::memory_order_relaxed); }

 private:
  void note(Result<void> result);

  Sink& next_;
  const Pid command_;
  const SignalSelection shown_;
  const JobControl job_control_;
  std::optional<Error> error_;
  std::atomic<bool> ended_{false};
  std::atomic<bool> is_stopped_{false};
};

/// Stops tether as the terminal stops a process. In the calling thread SIGTSTP must be blocked.
void stop_as_the_terminal_would();

}  // namespace tether::cli
