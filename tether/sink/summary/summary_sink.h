#pragma once
// SummarySink: counts calls, their errors and their time, and makes strace's -c table of them.
//
//   SummarySink summary;                       // -c
//   SummarySink both({}, text_sink);           // -C: passes everything on
//   TETHER_TRY(session.run(summary));
//   std::cout << summary.table();

#include <cstdint>
#include <map>
#include <string>

#include "tether/sink/sink.h"
#include "tether/sink/summary/summary_options.h"

namespace tether {

class SummarySink final : public Sink {
 public:
  explicit SummarySink(SummaryOptions options = {}) : options_(std::move(options)) {}
  /// Passes every event on to `next`, which must outlive this sink.
  SummarySink(SummaryOptions options, Sink& next) : options_(std::move(options)), next_(&next) {}

  bool wants_whole_calls() const override { return next_ == nullptr || next_->wants_whole_calls(); }
  Result<void> accept(const Event& event) override;
  Result<void> flush() override;

  /// One table per ABI that made calls, all lines ended. Empty if no call has returned. Calls that never returned are
  /// not counted, as in strace.
  std::string table() const;

 private:
  struct Counts {
    std::string name;
    std::uint64_t calls = 0;
    std::uint64_t errors = 0;
    std::uint64_t time_ns = 0;
    std::uint64_t min_ns = 0;
    std::uint64_t max_ns = 0;
  };
  friend class SummaryTable;

  void count(const SyscallEvent& call, std::uint64_t exit_time_ns);

  SummaryOptions options_;
  Sink* next_ = nullptr;
  std::map<std::uint32_t, Counts> counts_[kAbiCount];  ///< by number: the order of rows that are otherwise equal
};

}  // namespace tether
