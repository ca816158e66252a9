#pragma once
// PresenterWait: what the presenter does when the ring is empty.
//
// Waking a sleeper costs the one who wakes it: on a virtual machine an interrupt to another CPU is several
// microseconds, and here the one who wakes would be the tracer, while a tracee stands still. So a presenter that has
// shown everything does not ask to be woken. It naps and looks again by itself, and what came meanwhile is shown in one
// go. Only when several naps in a row brought nothing does it sleep until it is called. A trace on a terminal is late
// by one nap at most.

#include "tether/session/ring.h"

namespace tether {

class PresenterWait {
 public:
  /// Returns when there may be a record, or the ring has been closed.
  void wait(Ring& ring);

 private:
  int fruitless_naps_ = 0;
};

}  // namespace tether
