#include "tether/engine/replay/replay_engine.h"

#include <utility>

#include "tether/event/raw_event.h"

namespace tether {

Result<std::unique_ptr<ReplayEngine>> ReplayEngine::open(const std::string& path) {
  RecordingReader reader = TETHER_TRY(RecordingReader::open(path));
  return std::unique_ptr<ReplayEngine>(new ReplayEngine(std::move(reader)));
}

Result<EngineOutcome> ReplayEngine::run(RawEventConsumer& consumer) {
  EngineOutcome outcome;
  while (!stop_requested_) {
    const auto record = TETHER_TRY(reader_.next());
    if (record.empty()) break;
    if (RawEventView(record).header().kind == RawKind::SyscallExit) ++outcome.syscalls;
    consumer.consume(record);
  }
  return outcome;
}

}  // namespace tether
