#pragma once
// BreakReport: what `tether break` prints of hits, and what it counts.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tether/cli/break_actions.h"
#include "tether/cli/json_output.h"
#include "tether/cli/patient_output.h"
#include "tether/control/breakpoint_run.h"
#include "tether/symbol/value_expression.h"

namespace tether::cli {

struct BreakReportOptions {
  std::vector<BreakpointPlace> places;
  std::vector<BreakAction> actions;
  std::optional<symbol::ValueExpression> condition;
  enum class Format : std::uint8_t { Text, Json } format = Format::Text;
  std::uint64_t most_hits = 0;  ///< 0: no limit
  bool waits_for_return = false;
};

class BreakReport final : public BreakpointHandler {
 public:
  /// `output` must outlive it.
  BreakReport(BreakReportOptions options, PatientOutput& output);

  Verdict on_hit(const BreakpointHit& hit) override;
  void on_note(std::string_view text) override;

  /// The table of counts, where it was asked for; in JSON, how it ended.
  void finish();

  std::uint64_t hits() const { return hits_; }
  /// How often the condition had no value: memory that it reads was not there.
  std::uint64_t undecided() const { return undecided_; }
  /// Why it had to end: the condition or a value of it means nothing in the process.
  const std::optional<Error>& error() const { return error_; }
  bool has_lost_reader() const { return has_lost_reader_; }

 private:
  bool is_wanted(const BreakpointHit& hit);
  Result<const symbol::ValueExpression*> condition_in(const BreakpointHit& hit);
  Verdict act(const BreakpointHit& hit);
  void write(std::string_view text);
  void run_verb(const BreakpointHit& hit, const std::vector<std::string>& words);
  std::string table_of_counts() const;
  Json end_json() const;

  BreakReportOptions options_;
  PatientOutput& output_;
  std::unordered_map<Pid, symbol::ValueExpression> conditions_;  ///< with their names resolved
  std::vector<std::uint64_t> counts_;                            ///< by place
  std::uint64_t hits_ = 0;
  std::uint64_t returns_ = 0;
  std::uint64_t undecided_ = 0;
  std::optional<Error> error_;
  bool has_lost_reader_ = false;
};

}  // namespace tether::cli
