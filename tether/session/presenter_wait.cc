#include "tether/session/presenter_wait.h"

#include <chrono>

namespace tether {

namespace {
constexpr std::chrono::milliseconds kNap(2);
constexpr int kMostFruitlessNaps = 5;
}  // namespace

void PresenterWait::wait(Ring& ring) {
  if (fruitless_naps_ == kMostFruitlessNaps) {
    ring.wait();
    fruitless_naps_ = 0;
  }
  ring.wait_for_close(kNap);
  fruitless_naps_ = ring.front().empty() ? fruitless_naps_ + 1 : 0;
}

}  // namespace tether
