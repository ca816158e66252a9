// How the wait loop stays fair without consuming stops.
//
// waitid(P_ALL, WNOWAIT) returns the first tracee in the kernel's list that has something to report. A stop that is
// peeked at, handled and resumed leaves the list's order as it was, so a tracee near the front that stops often is
// reported again and again, and those behind it wait forever. Consuming stops would not change the order either; strace
// drains its tracees by WNOHANG calls into a queue, but a queue of consumed stops is a queue of signals that die with
// the tracer.
//
// So every now and then we go through all tracees, ask each by its own id whether it has stopped, and serve it at once
// if it has. Nothing is kept but the ids of those still to be asked: what was seen of a tracee is never older than its
// turn, so it does not matter that others may be killed meanwhile, or their ids taken over by an exec. How often: while
// sweeps find someone, every eighth report, since tracees that stand still also leave CPUs idle; while they find
// nobody, seldom and more seldom; and never so often that there is more than one question per report, however many
// tracees there are.
//
// Why tracees are asked to stop a few at a time.
//
// A task can be observed, or let go of cleanly, only from a stop. If all threads of a process were asked to stop at
// once, the last one would stand still until all others had been served. So they are asked a few at a time, whenever
// there is nothing to serve, and now and then if there always is; each is held for the time of a few stops, however
// many there are (docs/decisions/0002).

#include "tether/tracee/tracer.h"

#include <algorithm>
#include <cerrno>

#include "tether/procfs/status.h"
#include "tether/procfs/task.h"
#include "tether/sys/ptrace.h"
#include "tether/tracee/permission.h"

namespace tether {

namespace {

constexpr std::size_t kAskedAtOnce = 4;
constexpr std::size_t kReportsPerAsk = 4;  // more than the stops that one interrupt leads to

/// The group of a task that we did not see being made a member of one.
Pid read_group(Tid tid, Pid otherwise) {
  const auto status = procfs::read_status(tid);
  return status.has_value() ? status->thread_group : otherwise;
}

}  // namespace

Result<LaunchedChild> Tracer::launch(const Command& command, const LaunchOptions& options, sys::TraceOptions trace,
                                     std::span<const BpfInstruction> filter) {
  LaunchedChild child = TETHER_TRY(tether::launch(command, options, trace, filter));
  tasks_[leader_of(child.pid)] = Task{.pid = child.pid, .parent = std::nullopt, .announced = true};
  return child;
}

Result<void> Tracer::attach(Pid pid, Scope scope, sys::TraceOptions trace) {
  const Tid first(pid.value);
  const auto seize = [&](Tid tid, Pid group) -> Result<void> {
    TETHER_CHECK(sys::seize(tid, trace));
    tasks_[tid] = Task{.pid = group, .parent = std::nullopt, .announced = false, .is_unasked = true};
    unasked_.push_back(tid);
    return ok();
  };
  const auto status = procfs::read_status(first);
  if (!status.has_value()) return fail(explain_attach_failure(pid, ESRCH));
  if (tasks_.contains(first)) return ok();
  const Pid group = status->thread_group;
  const auto leader = seize(first, group);
  // A leader that has ended before its threads cannot be seized; they can.
  const bool may_have_threads = scope == Scope::ThreadGroup && status->state == 'Z';
  if (!leader.has_value() && !may_have_threads) return fail(explain_attach_failure(pid, leader.error().sys_errno));
  if (scope == Scope::SingleTask) return ok();
  bool has_any = leader.has_value();
  for (bool found_new = true; found_new;) {
    found_new = false;
    auto tids = procfs::read_task_ids(first);
    if (!tids.has_value()) break;  // it died meanwhile: its end is reported by next()
    for (const Tid tid : *tids)
      if (!tasks_.contains(tid) && seize(tid, group).has_value()) has_any = found_new = true;
  }
  if (!has_any) return fail(explain_attach_failure(pid, leader.error().sys_errno));
  return ok();
}

void Tracer::interrupt(Tid tid) {
  // An error means that it is gone or going: next() will tell.
  [[maybe_unused]] const auto asked = sys::interrupt(tid);
}

void Tracer::interrupt_all() {
  unasked_.clear();
  for (auto& [tid, task] : tasks_) {
    task.is_unasked = true;
    unasked_.push_back(tid);
  }
}

void Tracer::ask(std::size_t most) {
  for (reports_since_ask_ = 0; most != 0 && !unasked_.empty(); unasked_.pop_back()) {
    const auto found = tasks_.find(unasked_.back());
    if (found == tasks_.end() || !found->second.is_unasked) continue;
    interrupt(found->first);
    --most;
  }
}

void Tracer::forget(Tid tid) {
  tasks_.erase(tid);  // but it stays in unannounced_: its parent's event may be still to come
}

std::vector<Tid> Tracer::tracees() const {
  std::vector<Tid> tids;
  tids.reserve(tasks_.size());
  for (const auto& [tid, task] : tasks_) tids.push_back(tid);
  return tids;
}

Pid Tracer::pid_of(Tid tid) const {
  const auto found = tasks_.find(tid);
  return found != tasks_.end() ? found->second.pid : Pid(tid.value);
}

bool Tracer::is_new(Tid tid) {
  Task& known = task(tid);
  return !std::exchange(known.announced, true);
}

std::optional<Tid> Tracer::parent_of(Tid tid) const {
  const auto found = tasks_.find(tid);
  return found != tasks_.end() ? found->second.parent : std::nullopt;
}

/// The entry of a tracee, made now if this is the first that we hear of it: a child whose stop came before its parent's
/// event.
Tracer::Task& Tracer::task(Tid tid) {
  const auto found = tasks_.find(tid);
  if (found != tasks_.end()) return found->second;
  unannounced_.insert(tid);
  return tasks_.emplace(tid, Task{.pid = read_group(tid, Pid(tid.value)), .parent = std::nullopt, .announced = false})
      .first->second;
}

void Tracer::note_new_task(Tid parent, Tid child, NewTaskStop::Kind kind) {
  if (child.value == 0) return;
  if (const auto known = tasks_.find(child); known != tasks_.end()) {
    known->second.parent = parent;
    unannounced_.erase(child);
    return;
  }
  // Seen and ended before its parent's event was served: not to be listed again.
  if (unannounced_.erase(child) != 0) return;
  const Pid group = kind == NewTaskStop::Kind::Clone ? read_group(child, pid_of(parent)) : Pid(child.value);
  tasks_[child] = Task{.pid = group, .parent = parent, .announced = false};
}

Result<Tracer::Occurrence> Tracer::next() {
  for (;;) {
    auto taken = TETHER_TRY(take(unasked_.empty() ? sys::Blocking::Yes : sys::Blocking::No));
    if (!taken || ++reports_since_ask_ >= kReportsPerAsk) ask(taken ? 1 : kAskedAtOnce);
    if (taken) return std::move(*taken);
  }
}

Result<std::optional<Tracer::Occurrence>> Tracer::take(sys::Blocking blocking) {
  auto report = next_report(blocking);
  if (!report.has_value()) {
    if (report.error().sys_errno == ECHILD) return std::optional<Occurrence>(NothingLeft());
    if (report.error().sys_errno == EINTR) return std::optional<Occurrence>(Woken());
    return fail(std::move(report).error());
  }
  if (!*report) return std::optional<Occurrence>();
  system_time_ns_ = (*report)->system_time_ns;
  if (!unasked_.empty())
    if (const auto found = tasks_.find((*report)->tid); found != tasks_.end()) found->second.is_unasked = false;
  return classify(**report);
}

Result<std::optional<sys::WaitReport>> Tracer::next_report(sys::Blocking blocking) {
  ++reports_since_sweep_;
  if (sweep_.empty() && tasks_.size() > 1 && reports_since_sweep_ >= std::max(reports_per_sweep_, tasks_.size())) {
    for (const auto& [tid, task] : tasks_) sweep_.push_back(tid);
    reports_since_sweep_ = 0;
    reports_per_sweep_ = std::min(reports_per_sweep_ * 2, kMostReportsPerSweep);  // unless it finds someone
  }
  while (!sweep_.empty()) {
    const Tid tid = sweep_.back();
    sweep_.pop_back();
    auto report = sys::peek(tid, sys::Blocking::No, usage_);
    if (!report.has_value() || !*report) continue;
    reports_per_sweep_ = kLeastReportsPerSweep;
    return report;
  }
  return sys::peek_any(blocking, usage_);
}

Result<std::optional<Tracer::Occurrence>> Tracer::classify(const sys::WaitReport& report) {
  if (report.kind == sys::WaitReport::Kind::Stopped) return take_stopped(report.tid, report.status);
  return std::optional<Occurrence>(take_ended(report));
}

Tracer::Ended Tracer::take_ended(const sys::WaitReport& peeked) {
  const sys::WaitReport report = sys::reap(peeked).value_or(peeked);
  Ended ended{.tid = report.tid, .pid = pid_of(report.tid), .kind = report.kind, .status = report.status};
  const auto found = tasks_.find(report.tid);
  ended.is_new = found == tasks_.end() || !found->second.announced;
  // Killed before its first stop and before its parent's event, which is still to come.
  if (found == tasks_.end()) unannounced_.insert(report.tid);
  forget(report.tid);
  return ended;
}

/// nullopt: it was killed between the report and our questions; its death is the next report.
Result<std::optional<Tracer::Occurrence>> Tracer::take_stopped(Tid tid, std::int32_t status) {
  auto stop = classify_stop(tid, status);
  if (!stop.has_value()) {
    if (stop.error().code == ErrorCode::TraceeGone) return std::optional<Occurrence>();
    return fail(std::move(stop).error());
  }
  if (const auto* made = std::get_if<NewTaskStop>(&*stop)) note_new_task(tid, made->new_tid(), made->kind());
  if (const auto* exec = std::get_if<ExecStop>(&*stop)) note_exec(*exec);
  return std::optional<Occurrence>(std::move(*stop));
}

/// The exec'ing task goes by its leader's id now; its own is free for reuse.
void Tracer::note_exec(const ExecStop& exec) {
  const Tid former = exec.former_tid();
  if (former == exec.tid()) return;
  // A leader that is not known here was let go, or had ended before it could be attached to.
  tasks_.try_emplace(exec.tid(), Task{.pid = pid_of(former), .parent = std::nullopt, .announced = false});
  tasks_.erase(former);
  unannounced_.erase(former);
}

}  // namespace tether
