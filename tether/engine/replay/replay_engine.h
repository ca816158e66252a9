#pragma once
// ReplayEngine: the events of a recording, as if they happened now. Also how tests feed the pipeline.

#include <atomic>
#include <memory>
#include <string>

#include "tether/engine/engine.h"
#include "tether/event/recording.h"

namespace tether {

class ReplayEngine final : public Engine {
 public:
  /// Errors: as RecordingReader::open.
  static Result<std::unique_ptr<ReplayEngine>> open(const std::string& path);

  const RecordingHeader& header() const { return reader_.header(); }

  /// Hands over all records. Malformed, after all that is well-formed, if the recording was cut short.
  Result<EngineOutcome> run(RawEventConsumer& consumer) override;
  void request_stop() override { stop_requested_ = true; }

 private:
  explicit ReplayEngine(RecordingReader reader) : reader_(std::move(reader)) {}
  RecordingReader reader_;
  std::atomic<bool> stop_requested_{false};
};

}  // namespace tether
