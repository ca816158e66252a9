#pragma once
// Observation: an engine running on a thread of its own, everything that it said, and the checks of the engine
// contract.
//
//   Observation observation(EngineKind::Seize);
//   ASSERT_TRUE(observation.launch({tracee_path("syscall_count", bits)}));
//   const EngineReport report = observation.finish();
//   EXPECT_EQ(find_breaches(report.events), "");

#include <sys/types.h>

#include <condition_variable>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tether/base/unique_fd.h"
#include "tether/engine/ptrace/ptrace_engine.h"
#include "tether/event/raw_event.h"

namespace tether::testing {

/// One record of an engine, reduced to what tests ask about.
struct Seen {
  RawKind kind;
  Abi abi;
  std::int32_t tid;
  std::int32_t pid;
  std::uint64_t number =
      0;  ///< SyscallEntry, and SyscallExit of the same call: its number. Signal, GroupStop: the signal.
  std::int64_t value =
      0;  ///< SyscallExit: the result. Exited, Killed: the status. Attached, Superseded: the other tid.
};

enum class EngineKind { Seize, Filter, TraceMe };
std::string name_of(EngineKind kind);
void PrintTo(EngineKind kind, std::ostream* out);  ///< for GoogleTest

struct EngineReport {
  Result<EngineOutcome> outcome = fail(Error{.message = "not run", .hint = {}});
  std::vector<Seen> events;
  std::string output;  ///< the launched command's standard output
};

class Observation {
 public:
  explicit Observation(EngineKind kind) : kind_(kind) {}
  ~Observation();
  Observation(const Observation&) = delete;
  Observation& operator=(const Observation&) = delete;

  /// Opens the engine and lets it run. nullopt, or the error of opening it.
  std::optional<Error> launch(std::vector<std::string> argv, std::optional<std::string> user = std::nullopt);
  std::optional<Error> attach(std::vector<pid_t> pids);

  void request_stop();
  /// Blocks until at least so many records have been seen, or the engine has ended.
  void await_events(std::size_t count);
  /// Blocks until a record of this kind has been seen, or the engine has ended.
  void await_kind(RawKind kind);
  pid_t launched() const { return launched_; }

  /// Waits until the engine ends.
  EngineReport finish();

 private:
  class Consumer;
  std::optional<Error> open(PtraceEngineOptions options);

  EngineKind kind_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Seen> events_;
  std::map<std::int32_t, std::pair<Abi, std::uint64_t>> open_calls_;
  std::unique_ptr<PtraceEngine> engine_;
  bool opened_ = false;
  bool ended_ = false;
  std::optional<Error> open_error_;
  Result<EngineOutcome> outcome_ = fail(Error{.message = "not run", .hint = {}});
  UniqueFd output_;
  pid_t launched_ = 0;
};

/// What in the records breaks the engine contract (engine.h): pairs, order per task, one end for each task. Empty:
/// nothing. `attached`: the run began with an attach, so every task must have been announced.
std::string find_breaches(const std::vector<Seen>& events, pid_t launched);

/// Where the records differ from what the tracee said in its output (tracees/tracee.h). Empty: nowhere.
std::string find_lies(const EngineReport& report, bool counts_calls);

}  // namespace tether::testing
