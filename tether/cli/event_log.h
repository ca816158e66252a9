#pragma once
// EventLog: -d, a line on standard error for every event, as it came, before any sink has shaped or dropped it.
//
//   tether: 1234 enter openat
//   tether: 1234 exit openat

#include "tether/sink/sink.h"

namespace tether::cli {

class EventLog final : public Sink {
 public:
  /// Passes every event on to `next`, which must outlive it.
  explicit EventLog(Sink& next) : next_(next) {}

  bool wants_whole_calls() const override { return next_.wants_whole_calls(); }
  Result<void> accept(const Event& event) override;
  Result<void> flush() override { return next_.flush(); }

 private:
  Sink& next_;
};

}  // namespace tether::cli
