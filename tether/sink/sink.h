#pragma once
// Sink: where decoded events go. Text, JSON lines, a database, a test's vector: all hear the same Events.
//
// Contract. accept() is called from one thread, in the order in which the events happened. The Event and all that it
// refers to die when accept() returns. A sink never blocks the tracee by design: it runs behind the engine; if it is
// slow the engine's ring fills and the tracee waits, and nothing is lost. An error from accept() (full disk, closed
// pipe) ends the session: the tracees are let go, and the user is told.

#include "tether/base/result.h"
#include "tether/event/event.h"

namespace tether {

class Sink {
 public:
  virtual ~Sink() = default;

  /// True: never send Phase::Enter or Exit, but each call once, as Whole, when it has ended.
  virtual bool wants_whole_calls() const { return false; }

  virtual Result<void> accept(const Event& event) = 0;

  /// Hands all that was accepted to its destination; called when no event is waiting, and at the end.
  virtual Result<void> flush() = 0;
};

}  // namespace tether
