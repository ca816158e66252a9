#pragma once
// Interrupts: what SIGINT, SIGQUIT, SIGTERM and SIGHUP do to a program that traces.
//
// A traced process that tether attached to is let go at the first, cleanly; a second one gives up on what cannot be let
// go cleanly. A command that tether launched comes first: what the terminal sends it has got itself, as a member of the
// same process group, and what someone sends to tether is meant for it and is passed on; tether goes on watching until
// the command ends. A second one makes tether leave.
//
//   Interrupts interrupts(Interruptible::Always);   // before any thread is made
//   interrupts.serve(session, …);
//   … session.run(sink) …
//   interrupts.finish();

#include <signal.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <thread>

#include "tether/base/ids.h"
#include "tether/base/unique_fd.h"
#include "tether/cli/trace_settings.h"

namespace tether::cli {

class Interrupts {
 public:
  enum class Stops : bool { Default, Blocked };  ///< SIGTSTP, SIGTTIN, SIGTTOU

  /// Blocks the signals in this thread, and so in all that it makes from now on; ignores SIGPIPE, so that a closed pipe
  /// is an error. Signals that tether was started to ignore (nohup(1), a shell's background job) stay ignored.
  Interrupts(Interruptible interruptible, Stops stops);
  ~Interrupts() { finish(); }
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  struct Actions {
    std::function<void()> stop;                   ///< lets all tracees go; called again it gives up
    std::function<std::optional<Pid>()> command;  ///< the launched command while it lives and nothing was attached to
    std::function<void()> stop_with_command;      ///< the terminal sent SIGTSTP (Stops::Blocked)
  };
  /// Heeds signals, on a thread of its own, from now until finish().
  void serve(Actions actions);
  void finish();

  /// Whether a signal has made the tracing stop.
  bool has_stopped() const { return stopped_.load(std::memory_order_relaxed); }

 private:
  void watch();
  void heed(int signal, bool is_from_terminal);

  const Interruptible interruptible_;
  sigset_t heeded_;
  Actions actions_;
  UniqueFd signals_;
  UniqueFd end_;
  std::thread watcher_;
  std::atomic<bool> stopped_{false};
  std::uint64_t heeded_ns_ = 0;  ///< when the last one was; 0: none yet
};

}  // namespace tether::cli
