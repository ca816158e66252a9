// Stepper: waiting for the thread, and letting it go.

#include <sched.h>
#include <signal.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "tether/control/stepper.h"
#include "tether/procfs/status.h"
#include "tether/sys/ptrace.h"
#include "tether/tracee/interrupted_call.h"

namespace tether {

namespace {

constexpr std::chrono::milliseconds kStepPatience{1000};
constexpr int kRoundsOfPatience = 2;
constexpr int kYields = 50;
constexpr long kShortestSleep = 20'000;
constexpr long kLongestSleep = 1'000'000;

/// As waitpid(2) has it.
std::int32_t wait_status(const sys::WaitReport& report) {
  switch (report.kind) {
    case sys::WaitReport::Kind::Exited:
      return report.status << 8;
    case sys::WaitReport::Kind::Dumped:
      return report.status | 0x80;
    default:
      return report.status;
  }
}

Error gone() {
  return {.code = ErrorCode::TraceeGone, .sys_errno = ESRCH, .message = "the tracee is gone", .hint = {}};
}

}  // namespace

/// Absent: a signal handler ran.
Result<std::optional<sys::WaitReport>> Stepper::await_report() {
  if (has_company_ || others_) return poll_report();
  const auto report = sys::peek_any(sys::Blocking::Yes, sys::WithUsage::No);
  if (!report.has_value() && report.error().sys_errno == EINTR) return std::optional<sys::WaitReport>();
  if (!report.has_value()) return fail(gone());
  if ((*report)->tid == tid() || (*report)->tid == leader_of(target_.pid)) return *report;
  has_company_ = true;
  return poll_report();
}

/// Asks again and again. The other threads, if they are held, are tracees too, and an exec by ours waits until those
/// that it has killed have been reaped.
Result<std::optional<sys::WaitReport>> Stepper::poll_report() {
  long nanoseconds = kShortestSleep;
  for (int round = 0;; ++round) {
    for (const Tid candidate : {tid(), leader_of(target_.pid)}) {
      const auto report = sys::peek(candidate, sys::Blocking::No, sys::WithUsage::No);
      if (report.has_value() && *report) return *report;
      if (report.has_value()) break;  // there is such a tracee, and it runs
      if (candidate == leader_of(target_.pid)) return fail(gone());
    }
    reap_others();
    if (round < kYields) {
      ::sched_yield();
      continue;
    }
    const timespec time{.tv_sec = 0, .tv_nsec = nanoseconds};
    if (::nanosleep(&time, nullptr) != 0) return std::optional<sys::WaitReport>();
    nanoseconds = std::min(nanoseconds * 2, kLongestSleep);
  }
}

void Stepper::reap_others() {
  if (!others_) return;
  for (HeldTask& task : others_->tasks()) {
    if (!task.is_held() || task.tid() == leader_of(target_.pid)) continue;
    const auto report = sys::peek(task.tid(), sys::Blocking::No, sys::WithUsage::No);
    if (!report.has_value() || !*report || (*report)->kind == sys::WaitReport::Kind::Stopped) continue;
    [[maybe_unused]] const auto reaped = sys::reap(**report);
    [[maybe_unused]] const AnyStop none = task.take_stop();
  }
}

Result<Stepper::Waited> Stepper::await() {
  for (;;) {
    const auto report = TETHER_TRY(await_report());
    if (!report) return Waited(Woken{});
    if (report->kind != sys::WaitReport::Kind::Stopped) {
      end_ = Ended{wait_status(sys::reap(*report).value_or(*report))};
      return Waited(*end_);
    }
    target_.tid = report->tid;
    auto stop = classify_stop(report->tid, report->status);
    if (stop.has_value()) return Waited(std::move(*stop));
    if (stop.error().code != ErrorCode::TraceeGone) return fail(std::move(stop).error());
  }
}

Result<void> Stepper::release() {
  if (std::exchange(is_released_, true)) return ok();
  if (!stop_ && !end_) TETHER_CHECK(bring_to_stop());
  if (stop_) TETHER_CHECK(take_pending_trap());
  if (stop_ && return_break_) TETHER_CHECK(std::exchange(return_break_, std::nullopt)->clear());
  if (stop_) TETHER_CHECK(block_trap_again());
  if (stop_) TETHER_CHECK(detach(*std::exchange(stop_, std::nullopt)));
  others_.reset();
  return ok();
}

/// In a system call that it was let into without a trap flag, a debug register or an unblocked SIGTRAP.
bool Stepper::sleeps_unstoppably() const {
  const auto status = procfs::read_status(tid());
  return runs_call_ && !return_break_ && !is_trap_let_through_ && status.has_value() && status->state == 'D';
}

/// Interrupts the thread, wherever it runs, and brings it to a stop from which the kernel begins an interrupted system
/// call again.
Result<void> Stepper::bring_to_stop() {
  TETHER_CHECK(sys::interrupt(tid()));
  for (int round = 1;; ++round) {
    auto stop = await_stop(tid(), kStepPatience);
    if (!stop.has_value() && stop.error().code == ErrorCode::Busy) {
      if (round >= kRoundsOfPatience && sleeps_unstoppably()) return ok();
      continue;
    }
    if (!stop.has_value()) return fail(std::move(stop).error());
    if (std::holds_alternative<SyscallEntryStop>(*stop) || std::holds_alternative<SyscallExitStop>(*stop)) {
      const bool enters = std::holds_alternative<SyscallEntryStop>(*stop);
      // Any stop takes the place of the one that was asked for. Asked again before it goes on, the thread cannot come
      // back to its program with EINTR.
      TETHER_CHECK(sys::interrupt(tid()));
      TETHER_CHECK(resume(std::move(*stop), enters ? Until::NextSyscallStop : Until::NextEvent));
      continue;
    }
    if (auto* interrupted = std::get_if<InterruptStop>(&*stop)) TETHER_CHECK(repair_interrupted_call(*interrupted));
    [[maybe_unused]] const auto untold = TETHER_TRY(interpret(std::move(*stop)));
    if (stop_ || end_) return ok();
  }
}

/// A stop of another kind may have come before the SIGTRAP of a step that has been made.
Result<void> Stepper::take_pending_trap() {
  constexpr std::size_t kMost = 64;
  const auto is_of_step = [](const SigInfoBytes& bytes) {
    siginfo_t info;
    std::memcpy(&info, bytes.data(), sizeof info);
    return info.si_signo == SIGTRAP && (info.si_code == TRAP_TRACE || info.si_code == TRAP_HWBKPT);
  };
  if (std::holds_alternative<SignalDeliveryStop>(*stop_)) return ok();  // synchronous signals come before others
  if (!std::ranges::any_of(TETHER_TRY(sys::pending_signals(tid(), sys::SignalQueue::Thread, 0, kMost)), is_of_step))
    return ok();
  AnyStop stop = *std::exchange(stop_, std::nullopt);
  if (auto* group = std::get_if<GroupStop>(&stop))
    TETHER_CHECK(std::move(*group).run_alone(Until::NextEvent));
  else
    TETHER_CHECK(go_on(std::move(stop), Until::NextEvent));
  [[maybe_unused]] const auto untold = TETHER_TRY(interpret(TETHER_TRY(await_stop(tid(), kStepPatience))));
  return ok();
}

}  // namespace tether
