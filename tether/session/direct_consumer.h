#pragma once
// DirectConsumer: hands an engine's records to what presents them on the engine's own thread, without a ring between.
//
// For a session in lockstep, where each record is to be shown before its tracee goes on, and for a recording, where
// nobody has to be let go quickly. `Presenter` has accept(record) and idle(), as a Pump has. At the first error the
// engine is asked to stop, and nothing more is presented.
//
//   DirectConsumer consumer(pump, engine);
//   const auto outcome = engine.run(consumer);
//   TETHER_CHECK(consumer.result());

#include <cstddef>
#include <span>
#include <utility>

#include "tether/base/result.h"
#include "tether/engine/engine.h"

namespace tether {

template <class Presenter>
class DirectConsumer final : public RawEventConsumer {
 public:
  /// Both must outlive it.
  DirectConsumer(Presenter& presenter, Engine& engine) : presenter_(presenter), engine_(engine) {}

  void consume(std::span<const std::byte> record) override {
    if (result_.has_value()) note(presenter_.accept(record));
  }
  void settle() override {
    if (result_.has_value()) note(presenter_.idle());
  }

  /// The first error of the presenter.
  Result<void>& result() { return result_; }

 private:
  void note(Result<void>&& result) {
    if (result.has_value()) return;
    result_ = std::move(result);
    engine_.request_stop();
  }

  Presenter& presenter_;
  Engine& engine_;
  Result<void> result_;
};

}  // namespace tether
