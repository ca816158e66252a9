#include "tether/session/presenter_wait.h"

#include <sched.h>
#include <time.h>

#include <cstdlib>

#include "tether/base/clock.h"

namespace tether {

PresenterWait::PresenterWait(Style style) {
  if (style == Style::Immediate) return;
  const char* s = std::getenv("TSPIN");
  const char* n = std::getenv("TNAP");
  spin_ns_ = s ? strtoull(s, nullptr, 10) : 0;
  nap_ns_ = n ? strtoull(n, nullptr, 10) : 2'000'000;
}

bool PresenterWait::record_comes_soon(Ring& ring) {
  if (spin_ns_ == 0) return false;
  const std::uint64_t deadline = monotonic_ns() + spin_ns_;
  do {
    for (int i = 0; i < 64; ++i) {
      if (!ring.front().empty()) return true;
      __builtin_ia32_pause();
    }
  } while (monotonic_ns() < deadline);
  return false;
}

void PresenterWait::sleep(Ring& ring) {
  ring.wait();
  if (nap_ns_ != 0) {
    timespec t{0, static_cast<long>(nap_ns_)};
    ::nanosleep(&t, nullptr);
  }
}

}  // namespace tether
