#include "tether/tracee/hold.h"

#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <unordered_set>
#include <utility>

#include "tether/procfs/status.h"
#include "tether/procfs/task.h"
#include "tether/procfs/text_file.h"
#include "tether/sys/wait.h"
#include "tether/tracee/interrupted_call.h"
#include "tether/tracee/permission.h"

namespace tether {

namespace {

using Clock = std::chrono::steady_clock;

/// Sleeps between two looks at a task: most stop within microseconds, and waitid(2) has no time-out of its own.
class Pacer {
 public:
  explicit Pacer(Clock::time_point deadline) : deadline_(deadline) {}
  /// False when time is up.
  bool pause() {
    if (yields_ != 0) {
      --yields_;
      ::sched_yield();
      return true;
    }
    if (Clock::now() >= deadline_) return false;
    const timespec time{.tv_sec = 0, .tv_nsec = nanoseconds_};
    ::nanosleep(&time, nullptr);
    nanoseconds_ = std::min(nanoseconds_ * 2, 1'000'000L);
    return true;
  }

 private:
  Clock::time_point deadline_;
  int yields_ = 30;
  long nanoseconds_ = 10'000;
};

Error not_stopping(Tid tid) {
  Error error{.code = ErrorCode::Busy,
              .message = "task " + std::to_string(tid.value) + " does not stop",
              .hint = "it sleeps in the kernel and cannot be held before what it waits for has come"};
  const auto status = procfs::read_status(tid);
  if (status.has_value()) error.message += std::string(": its state is ") + status->state;
  const auto wchan = procfs::read_text_file("/proc/" + std::to_string(tid.value) + "/wchan");
  if (wchan.has_value() && !wchan->empty() && *wchan != "0") error.message += ", in " + *wchan;
  return error;
}

Result<AnyStop> await_stop_until(Tid tid, Clock::time_point deadline) {
  Pacer pacer(deadline);
  for (;;) {
    const auto report = sys::peek(tid, sys::Blocking::No, sys::WithUsage::No);
    if (!report.has_value() || (*report && (*report)->kind != sys::WaitReport::Kind::Stopped))
      return fail({.code = ErrorCode::TraceeGone, .sys_errno = ESRCH, .message = "the tracee is gone", .hint = {}});
    if (*report) return classify_stop(tid, (*report)->status);
    if (!pacer.pause()) return fail(not_stopping(tid));
  }
}

/// Undoes, as soon as the task stands, what stopping it did to the call that it was in.
Result<HeldTask> hold_stopped(AnyStop&& stop) {
  if (auto* interrupted = std::get_if<InterruptStop>(&stop)) TETHER_CHECK(repair_interrupted_call(*interrupted));
  if (auto* signalled = std::get_if<SignalDeliveryStop>(&stop)) TETHER_CHECK(repair_interrupted_call(*signalled));
  return HeldTask(std::move(stop));
}

Result<void> seize_task(Tid tid, const HoldOptions& options) {
  const auto seized = sys::seize(tid, options.trace);
  if (seized.has_value()) return sys::interrupt(tid);
  const auto status = procfs::read_status(tid);
  if (status.has_value() && status->tracer == Tid(::gettid()))
    return fail(not_stopping(tid));  // since we asked it before
  return fail(explain_attach_failure(Pid(tid.value), seized.error().sys_errno));
}

}  // namespace

Result<AnyStop> await_stop(Tid tid, std::chrono::milliseconds patience) {
  return await_stop_until(tid, Clock::now() + patience);
}

HeldTask& HeldTask::operator=(HeldTask&& other) noexcept {
  if (this != &other) {
    if (stop_) [[maybe_unused]]
      const auto released = std::move(*this).release();
    stop_ = std::exchange(other.stop_, std::nullopt);
  }
  return *this;
}

HeldTask::~HeldTask() {
  if (stop_) [[maybe_unused]]
    const auto released = std::move(*this).release();
}

Result<HeldTask> HeldTask::seize(Tid tid, const HoldOptions& options) {
  TETHER_CHECK(seize_task(tid, options));
  return hold_stopped(TETHER_TRY(await_stop(tid, options.patience)));
}

Result<GeneralRegisters> HeldTask::registers() const {
  return std::visit([](const Stop& stop) { return stop.registers(); }, *stop_);
}

Result<void> HeldTask::set_registers(const GeneralRegisters& registers) {
  return std::visit([&](Stop& stop) { return stop.set_registers(registers); }, *stop_);
}

Result<void> HeldTask::run_for_a_moment(const HoldOptions& options) {
  const Tid tid = this->tid();
  if (std::holds_alternative<GroupStop>(*stop_))
    return fail({.code = ErrorCode::Busy,
                 .message = "thread " + std::to_string(tid.value) + " is stopped by a signal",
                 .hint = "SIGCONT lets it go on"});
  TETHER_CHECK(go_on(take_stop(), Until::NextEvent));
  ::sched_yield();
  TETHER_CHECK(sys::interrupt(tid));
  *this = TETHER_TRY(hold_stopped(TETHER_TRY(await_stop(tid, options.patience))));
  return ok();
}

Result<void> HeldTask::release() && {
  return detach(take_stop());
}

Result<HeldProcess> HeldProcess::seize(Pid pid, const HoldOptions& options, Sleepers sleepers) {
  const Tid leader = leader_of(pid);
  HeldProcess held;
  std::unordered_set<Tid> known;
  std::optional<Error> refusal;
  for (;;) {
    const auto tids = procfs::read_task_ids(leader);
    if (!tids.has_value()) return fail(explain_attach_failure(pid, ESRCH));
    std::vector<Tid> asked;
    for (const Tid tid : *tids) {
      if (!known.insert(tid).second) continue;
      const auto seized = seize_task(tid, options);
      if (seized.has_value())
        asked.push_back(tid);
      else if (!refusal)  // a leader that has ended before its threads, or a thread on its way out
        refusal = seized.error();
    }
    if (asked.empty()) break;
    const auto deadline = Clock::now() + options.patience;
    for (const Tid tid : asked) {
      auto stop = await_stop_until(tid, deadline);
      if (stop.has_value()) {
        if (auto task = hold_stopped(std::move(*stop)); task.has_value()) held.tasks_.push_back(std::move(*task));
      } else if (stop.error().code == ErrorCode::Busy) {
        if (sleepers == Sleepers::Refuse) return fail(std::move(stop).error());
        held.sleepers_.push_back(tid);
      } else if (stop.error().code != ErrorCode::TraceeGone) {
        return fail(std::move(stop).error());
      }
    }
  }
  if (held.tasks_.empty() && held.sleepers_.empty())
    return fail(refusal ? std::move(*refusal) : explain_attach_failure(pid, ESRCH));
  return held;
}

HeldTask* HeldProcess::find(Tid tid) {
  const auto found = std::ranges::find(tasks_, tid, [](const HeldTask& task) { return task.tid(); });
  return found == tasks_.end() ? nullptr : &*found;
}

void HeldProcess::release() && {
  tasks_.clear();
  for (const Tid tid : std::exchange(sleepers_, {}))
    if (auto stop = await_stop(tid, std::chrono::milliseconds(0)); stop.has_value()) [[maybe_unused]]
      const auto released = hold_stopped(std::move(*stop));
}

}  // namespace tether
