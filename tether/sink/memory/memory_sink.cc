#include "tether/sink/memory/memory_sink.h"

#include "tether/sink/memory/copy_event.h"

namespace tether {

StoredEvent::StoredEvent(const Event& event) : arena_(std::make_unique<Arena>()), event_(copy_event(event, *arena_)) {}

Result<void> MemorySink::accept(const Event& event) {
  events_.emplace_back(event);
  return ok();
}

Result<void> MemorySink::flush() {
  return ok();
}

}  // namespace tether
