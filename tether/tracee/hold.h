#pragma once
// Hold: running tasks made to stand still for a moment, by someone who only wants to look at them or change something.
//
// Unlike a Tracer, which lives with its tracees from event to event, a hold has one moment: seize, interrupt, wait for
// the stop, and let go again with whatever the stop had pending. A signal that arrives meanwhile is delivered when the
// task is let go, a stopped process stays stopped, an interrupted call is restarted. No task is stopped that cannot be
// let go: should tether be killed, the kernel does that.
//
//   HeldTask task = TETHER_TRY(HeldTask::seize(tid, {}));
//   GeneralRegisters registers = TETHER_TRY(task.registers());
//   TETHER_CHECK(std::move(task).release());                      // the destructor does it too, without a result
//
// Bound to the thread that made it, as all of ptrace(2).

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tether/arch/abi.h"
#include "tether/arch/general_registers.h"
#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/tracee/stop.h"

namespace tether {

struct HoldOptions {
  /// How long a task may take to stop. One in uninterruptible sleep (state D) does not before its device answers.
  std::chrono::milliseconds patience{1000};
  sys::TraceOptions trace{.follow = false, .exec = false};
};

/// One task, standing still for as long as this object lives.
class HeldTask {
 public:
  /// Errors: those of Tracer::attach; Busy if it does not stop in time, with its state and where it waits.
  static Result<HeldTask> seize(Tid tid, const HoldOptions& options);

  /// Takes over a tracee that stands in `stop`.
  explicit HeldTask(AnyStop&& stop) : stop_(std::move(stop)) {}

  HeldTask(HeldTask&& other) noexcept : stop_(std::exchange(other.stop_, std::nullopt)) {}
  HeldTask& operator=(HeldTask&& other) noexcept;
  ~HeldTask();

  /// False after take_stop().
  bool is_held() const { return stop_.has_value(); }
  Tid tid() const { return tid_of(*stop_); }
  const AnyStop& stop() const { return *stop_; }

  Result<GeneralRegisters> registers() const;
  Result<void> set_registers(const GeneralRegisters& registers);

  /// Whether it runs 64-bit or 32-bit code just now: by its code segment.
  Result<Abi> code_abi() const { return sys::code_abi(tid()); }

  /// Lets it go on for a moment, microseconds or so, and holds it again; a signal that it stood before is delivered.
  /// Busy for one in a group-stop, which does not go on.
  Result<void> run_for_a_moment(const HoldOptions& options);

  /// Lets it go on as it would have without us.
  Result<void> release() &&;

  /// Gives the stop away, to be resumed in another manner; the HeldTask is empty until put_stop().
  AnyStop take_stop() { return *std::exchange(stop_, std::nullopt); }
  void put_stop(AnyStop&& stop) { stop_ = std::move(stop); }

 private:
  std::optional<AnyStop> stop_;
};

/// All tasks of a process at once: none of its code runs.
class HeldProcess {
 public:
  /// What to do about tasks that do not stop in time: they sleep in the kernel, where they run none of the process's
  /// code, until what they wait for has come (state D; also a parent in vfork).
  enum class Sleepers : std::uint8_t { Refuse, LeaveOut };

  /// Stops all threads, and lists them again until none is new. Errors as for HeldTask; on error nobody is held.
  static Result<HeldProcess> seize(Pid pid, const HoldOptions& options, Sleepers sleepers);

  std::span<HeldTask> tasks() { return tasks_; }
  std::span<const HeldTask> tasks() const { return tasks_; }
  /// Those that were left out. They have been asked to stop; one that has not done so when the hold ends stays a tracee
  /// of the calling thread and stops when it wakes, until that thread ends.
  std::span<const Tid> sleepers() const { return sleepers_; }
  HeldTask* find(Tid tid);

  /// Lets all of them go; the destructor does it too.
  void release() &&;

  HeldProcess() = default;
  HeldProcess(HeldProcess&&) = default;
  HeldProcess& operator=(HeldProcess&&) = delete;
  ~HeldProcess() { std::move(*this).release(); }

 private:
  std::vector<HeldTask> tasks_;
  std::vector<Tid> sleepers_;
};

/// Waits until a tracee stands in a stop, and says in which. Errors: TraceeGone if it ended; Busy when time is up.
Result<AnyStop> await_stop(Tid tid, std::chrono::milliseconds patience);

}  // namespace tether
