#pragma once
// Tracer: owns the tracees of one thread and tells, one after the other, what happens to them.
//
// ptrace(2) binds a tracee to the thread that attached it, so a Tracer must be used from the thread that made it. It
// waits with __WALL | __WNOTHREAD: children of other threads of the host program are never touched.
//
//   Tracer tracer;
//   TETHER_TRY(tracer.launch(command, options, {}, {}));
//   for (;;) {
//     Tracer::Occurrence what = TETHER_TRY(tracer.next());
//     if (std::holds_alternative<Tracer::NothingLeft>(what)) break;
//     if (auto* stop = std::get_if<AnyStop>(&what)) ...;       // look, then resume it
//   }

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/sys/wait.h"
#include "tether/tracee/launch.h"
#include "tether/tracee/stop.h"

namespace tether {

class Tracer {
 public:
  explicit Tracer(sys::WithUsage usage = sys::WithUsage::No) : usage_(usage) {}
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  /// Starts a command; its first stop is the entry of its execve. See launch().
  Result<LaunchedChild> launch(const Command& command, const LaunchOptions& options, sys::TraceOptions trace,
                               std::span<const BpfInstruction> filter);

  enum class Scope : std::uint8_t { ThreadGroup, SingleTask };

  /// Seizes a running process, all its threads (lists them again until none is new) or one task. That does not stop
  /// anyone: to be observed, a task must have stopped once, and so next() asks them to. Errors: NotFound;
  /// PermissionDenied, Busy, with what was found out in the hint (permission.h). Threads that die meanwhile are no
  /// error, and neither is what is traced already.
  Result<void> attach(Pid pid, Scope scope, sys::TraceOptions trace);

  /// A tracee is gone for good; it has been reaped.
  struct Ended {
    Tid tid;
    Pid pid;
    sys::WaitReport::Kind kind;
    std::int32_t status;
    bool is_new = false;  ///< as is_new(): nothing was said of it before its end
  };
  struct NothingLeft {};  ///< no tracees any more
  struct Woken {};        ///< a signal handler ran while waiting
  using Occurrence = std::variant<AnyStop, Ended, NothingLeft, Woken>;

  /// Waits for whatever happens next. A stop is only looked at: if it is dropped without being resumed, it comes again.
  /// With many tracees no one starves, and no one is held for long: see the essays in tracer.cc.
  Result<Occurrence> next();

  /// The thread group of a tracee; its own number if the tracer has not heard of it.
  Pid pid_of(Tid tid) const;

  /// Tracees held now, including ones not yet seen to stop.
  std::size_t count() const { return tasks_.size(); }
  std::vector<Tid> tracees() const;

  /// The system time of the tracee of the last Occurrence, if WithUsage::Yes.
  std::uint64_t system_time_ns() const { return system_time_ns_; }

  /// Whether this task is a tracee now: a new task of a NewTaskStop may have ended before.
  bool holds(Tid tid) const { return tasks_.contains(tid); }

  /// True the first time it is asked about a tracee: whether it has just come under observation.
  bool is_new(Tid tid);
  /// The task whose clone made this one; nullopt if it was attached to, or if its parent's event has not come yet.
  std::optional<Tid> parent_of(Tid tid) const;

  /// Asks a running tracee to stop. It need not: it may be dying.
  void interrupt(Tid tid);
  /// The same for all of them, as next() goes on: those that meanwhile have stopped by themselves are not asked.
  void interrupt_all();

  /// How long nothing may happen while tracees that were asked to stop are waited for, before the kernel has to let go
  /// of them when the tracer ends.
  static constexpr std::uint64_t kReleasePatienceNs = 3'000'000'000;

  /// Forgets a tracee that was let go.
  void forget(Tid tid);

 private:
  struct Task {
    Pid pid;
    std::optional<Tid> parent;
    bool announced = false;   ///< is_new() has said so
    bool is_unasked = false;  ///< is to be asked to stop unless it does so by itself
  };

  Result<std::optional<Occurrence>> take(sys::Blocking blocking);
  Result<std::optional<sys::WaitReport>> next_report(sys::Blocking blocking);
  Result<std::optional<Occurrence>> classify(const sys::WaitReport& report);
  Result<std::optional<Occurrence>> take_stopped(Tid tid, std::int32_t status);
  void note_exec(const ExecStop& exec);
  Ended take_ended(const sys::WaitReport& peeked);
  void note_new_task(Tid parent, Tid child, NewTaskStop::Kind kind);
  Task& task(Tid tid);
  void ask(std::size_t most);

  std::unordered_map<Tid, Task> tasks_;
  std::unordered_set<Tid> unannounced_;  ///< first stop seen, parent's event not yet
  std::vector<Tid> unasked_;             ///< to be asked to stop
  std::vector<Tid> sweep_;               ///< to be asked whether they have stopped
  std::size_t reports_since_sweep_ = 0;
  static constexpr std::size_t kLeastReportsPerSweep = 8;
  static constexpr std::size_t kMostReportsPerSweep = 64;
  std::size_t reports_per_sweep_ = kLeastReportsPerSweep;
  std::size_t reports_since_ask_ = 0;
  std::uint64_t system_time_ns_ = 0;
  sys::WithUsage usage_;
};

}  // namespace tether
