#include "tether/cli/command_sink.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <utility>

#include "tether/cli/messages.h"

namespace tether::cli {

namespace {

constexpr std::uint64_t bit_of(int signal) {
  return std::uint64_t{1} << (signal - 1);
}

constexpr std::uint64_t kTerminalStops = bit_of(SIGTSTP) | bit_of(SIGTTIN) | bit_of(SIGTTOU);

}  // namespace

const std::uint64_t CommandSink::kObservedSignals = kTerminalStops | bit_of(SIGSTOP) | bit_of(SIGCONT);

/// SIGTSTP, not SIGSTOP: the kernel does not stop a process by it that nobody could continue (an orphaned process
/// group). To this thread, not to the process: the one that hears signals would take it.
void stop_as_the_terminal_would() {
  sigset_t stop, before;
  ::sigemptyset(&stop);
  ::sigaddset(&stop, SIGTSTP);
  ::pthread_kill(::pthread_self(), SIGTSTP);
  ::pthread_sigmask(SIG_UNBLOCK, &stop, &before);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Result<void> CommandSink::accept(const Event& event) {
  const auto* signal = std::get_if<SignalEvent>(&event.what);
  const auto* stopped = std::get_if<StoppedEvent>(&event.what);
  const bool is_unwanted = (signal != nullptr && !shown_.contains(signal->signal)) ||
                           (stopped != nullptr && !shown_.contains(stopped->signal));
  const bool is_of_leader = event.origin.tid == leader_of(command_);
  if (is_of_leader) is_stopped_.store(stopped != nullptr, std::memory_order_relaxed);
  if (!is_unwanted && !error_) note(next_.accept(event));
  if (!is_of_leader) return ok();
  if (std::holds_alternative<ExitedEvent>(event.what) || std::holds_alternative<KilledEvent>(event.what))
    ended_.store(true, std::memory_order_relaxed);
  if (job_control_ == JobControl::Yes && stopped != nullptr && (kTerminalStops & bit_of(stopped->signal.value)) != 0) {
    TETHER_CHECK(flush());
    stop_as_the_terminal_would();
  }
  return ok();
}

Result<void> CommandSink::flush() {
  if (!error_) note(next_.flush());
  return ok();
}

void CommandSink::note(Result<void> result) {
  if (result.has_value()) return;
  error_ = std::move(result).error();
  if (error_->hint.empty()) error_->hint = "the command runs on; the rest of its trace is lost";
  say(*error_);
}

}  // namespace tether::cli
