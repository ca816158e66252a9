#pragma once
// Signals of a process: what waits, what is blocked, ignored or caught, and sending one.
//
//   ProcessSignals signals = TETHER_TRY(read_signals(pid, {}));
//   TETHER_CHECK(queue_signal(pid, {}, Signal(SIGUSR1), 42));            // as sigqueue(3)

#include <csignal>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"
#include "tether/control/remote_calls.h"
#include "tether/sys/ptrace.h"
#include "tether/tracee/stop.h"

namespace tether {

/// The bit of a signal in a SignalMask.
constexpr sys::SignalMask bit_of(Signal signal) {
  return sys::SignalMask{1} << (signal.value - 1);
}

/// The signals of a mask, ascending.
std::vector<Signal> signals_of(sys::SignalMask mask);

/// What the processor sends a thread for what it did itself (signal(7), "synchronously generated").
inline constexpr int kFaultSignals[] = {SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGSYS};

/// Whether a signal comes from what the thread itself did (a fault, a trap), and not from someone who sent it: the
/// instruction would be executed again, and fault again, if it were dropped.
bool is_fault(Signal signal, const SigInfoBytes& info);

/// Signals that wait in one queue.
struct PendingSignals {
  sys::SignalMask mask = 0;
  /// Those whose siginfo the kernel keeps, oldest first. Empty though the mask is not: it was not to be had
  /// (`refusal`), or there was no memory for it when they were sent.
  std::vector<SigInfoBytes> infos;
};

struct ThreadSignals {
  Tid tid;
  std::string name;  ///< comm
  /// While it is in a call that replaces the mask for its time (sigsuspend, ppoll): that one.
  sys::SignalMask blocked = 0;
  PendingSignals pending;
};

struct ProcessSignals {
  Pid pid;
  sys::SignalMask ignored = 0;
  sys::SignalMask caught = 0;
  PendingSignals pending;  ///< for any of its threads
  std::vector<ThreadSignals> threads;
  std::optional<Error> refusal;  ///< why a siginfo could not be read
};

/// All threads, or the one. A thread is stopped, for a moment, only if a signal waits whose siginfo it has. Errors:
/// NotFound, TraceeGone.
Result<ProcessSignals> read_signals(Pid pid, std::optional<Tid> thread);

/// What a process does about a signal (rt_sigaction(2)).
struct SignalAction {
  Signal signal;
  RemoteAddr handler;        ///< 0: SIG_DFL, 1: SIG_IGN
  std::uint64_t flags = 0;   ///< SA_*
  sys::SignalMask mask = 0;  ///< blocked while the handler runs
};

/// Asked of the process itself, by remote calls: a thread is held. Errors: those of with_remote_calls().
Result<std::vector<SignalAction>> read_signal_actions(Pid pid, sys::SignalMask which, const RemoteCallOptions& options);

/// As kill(2), or to one thread as tgkill(2). Errors: TraceeGone, PermissionDenied.
Result<void> send_signal(Pid pid, std::optional<Tid> thread, Signal signal);

/// The same with a value, as sigqueue(3): si_code SI_QUEUE, `value` in si_value. Busy (EAGAIN) if the queue of the
/// user's signals is full.
Result<void> queue_signal(Pid pid, std::optional<Tid> thread, Signal signal, std::uint64_t value);

}  // namespace tether
