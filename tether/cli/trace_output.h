#pragma once
// TraceOutput: the sinks that a plan asks for, wired: text, the table of -c, or both; behind them the log of -d.

#include <memory>
#include <optional>

#include "tether/cli/event_log.h"
#include "tether/cli/trace_settings.h"
#include "tether/sink/summary/summary_sink.h"
#include "tether/sink/text/text_sink.h"

namespace tether::cli {

class TraceOutput {
 public:
  /// Errors: those of TextSink::open().
  static Result<std::unique_ptr<TraceOutput>> open(const TracePlan& plan);
  TraceOutput(const TraceOutput&) = delete;
  TraceOutput& operator=(const TraceOutput&) = delete;

  /// What the session is to feed.
  Sink& sink();

  /// Writes the table, if there is one, and closes the target. Errors: those of TextSink::close().
  Result<void> close();

 private:
  TraceOutput(TextSink text, const TracePlan& plan);

  TextSink text_;
  std::optional<SummarySink> summary_;
  std::optional<EventLog> log_;
};

}  // namespace tether::cli
