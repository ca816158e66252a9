#pragma once
// MemorySink: keeps every event, for tests and for programs that look at a trace as data.
//
//   MemorySink sink;
//   TETHER_TRY(session.run(sink));
//   for (const StoredEvent& stored : sink.events()) ... stored.event().what ...

#include <cstdint>
#include <deque>
#include <memory>

#include "tether/event/arena.h"
#include "tether/sink/sink.h"

namespace tether {

/// An Event that owns all that it refers to.
class StoredEvent {
 public:
  explicit StoredEvent(const Event& event);
  const Event& event() const { return event_; }

 private:
  std::unique_ptr<Arena> arena_;
  Event event_;
};

class MemorySink final : public Sink {
 public:
  enum class Calls : std::uint8_t { AsTheyCome, Whole };
  explicit MemorySink(Calls calls = Calls::AsTheyCome) : calls_(calls) {}

  bool wants_whole_calls() const override { return calls_ == Calls::Whole; }
  Result<void> accept(const Event& event) override;
  Result<void> flush() override;

  /// In the order in which they were accepted. References stay valid until clear().
  const std::deque<StoredEvent>& events() const { return events_; }
  void clear() { events_.clear(); }

 private:
  const Calls calls_;
  std::deque<StoredEvent> events_;
};

}  // namespace tether
