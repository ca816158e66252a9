#pragma once
// PresenterWait: what the presenter does when the ring is empty.

#include <cstdint>

#include "tether/session/ring.h"

namespace tether {

class PresenterWait {
 public:
  enum class Style : std::uint8_t {
    Immediate,  ///< present each record as it comes: someone is waiting for it
    Batched,    ///< present soon, and cheaply
  };
  explicit PresenterWait(Style style);

  /// Waits a little for the next record; true if one came. False: nothing is coming for now, show what there is.
  bool record_comes_soon(Ring& ring);

  /// Sleeps until a record comes or the ring is closed.
  void sleep(Ring& ring);

 private:
  std::uint64_t spin_ns_ = 0;
  std::uint64_t nap_ns_ = 0;
};

}  // namespace tether
