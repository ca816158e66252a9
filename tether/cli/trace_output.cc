#include "tether/cli/trace_output.h"

#include <utility>

namespace tether::cli {

Result<std::unique_ptr<TraceOutput>> TraceOutput::open(const TracePlan& plan) {
  TextSink text = TETHER_TRY(TextSink::open(plan.target, plan.text));
  return std::unique_ptr<TraceOutput>(new TraceOutput(std::move(text), plan));
}

TraceOutput::TraceOutput(TextSink text, const TracePlan& plan) : text_(std::move(text)) {
  using Counting = TraceSettings::Counting;
  if (plan.counting == Counting::Only) summary_.emplace(plan.summary);
  if (plan.counting == Counting::Also) summary_.emplace(plan.summary, text_);
  if (plan.logs_events) log_.emplace(summary_ ? static_cast<Sink&>(*summary_) : text_);
}

Sink& TraceOutput::sink() {
  if (log_) return *log_;
  if (summary_) return *summary_;
  return text_;
}

Result<void> TraceOutput::close() {
  if (summary_) TETHER_CHECK(text_.append_text(summary_->table()));
  return text_.close();
}

}  // namespace tether::cli
