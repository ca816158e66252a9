// The processes that have the breakpoints: those that are there when it begins, and those that come, exec and go.

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "tether/control/internal/breakpoint_run_impl.h"
#include "tether/procfs/process_list.h"
#include "tether/procfs/task.h"
#include "tether/sys/kernel_compare.h"
#include "tether/tracee/hold.h"

namespace tether {

namespace {

int wait_status_of(const Tracer::Ended& ended) {
  constexpr int kExitShift = 8;
  constexpr int kCore = 0x80;
  switch (ended.kind) {
    case sys::WaitReport::Kind::Exited:
      return ended.status << kExitShift;
    case sys::WaitReport::Kind::Dumped:
      return ended.status | kCore;
    default:
      return ended.status;
  }
}

}  // namespace

/// A thread that was in the middle of clone(2) when it was seized makes a task that is not a tracee. So all are made to
/// stand before anything is planted, and who has been missed is attached to then: threads, and processes that share the
/// memory (vfork's child, for which its parent waits where it cannot be stopped). serve() lets them go on.
void BreakpointRun::Impl::halt_all(Pid pid) {
  constexpr std::chrono::milliseconds kPatience{300};
  std::unordered_set<Tid> halted;
  for (bool is_complete = false; !is_complete;) {
    is_complete = true;
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    for (const Tid tid : tracer_.tracees())
      if (!halted.contains(tid)) tracer_.interrupt(tid);
    for (const Tid tid : tracer_.tracees()) {
      if (!halted.insert(tid).second) continue;
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      [[maybe_unused]] const auto stop = await_stop(tid, std::max(left, std::chrono::milliseconds(0)));
    }
    std::vector<Tid> missed = procfs::read_task_ids(leader_of(pid)).value_or(std::vector<Tid>());
    for (const Pid other : procfs::read_descendants(pid).value_or(std::vector<Pid>())) {
      const auto shared = sys::share_memory(leader_of(other), procfs::living_task_of(pid));
      if (!shared.has_value() || !*shared || other == pid) continue;
      missed.push_back(leader_of(other));
      spaces_[other] = spaces_[pid];
    }
    for (const Tid tid : missed)
      if (!tracer_.holds(tid) &&
          tracer_.attach(Pid(tid.value), Tracer::Scope::SingleTask, {.follow = true, .exec = true}).has_value())
        is_complete = false;
  }
}

Result<BreakpointRun::Impl::Space> BreakpointRun::Impl::open_space(Pid pid, Tid tid) {
  Space space = TETHER_TRY(ProcessBreakpoints::open(pid, tid, options_.places, *disassembler_));
  TETHER_CHECK(space->resolve(tid));
  return space;
}

/// What had a name may be there again; a mere address means something else in another program.
Result<BreakpointRun::Impl::Space> BreakpointRun::Impl::open_space_after_exec(Pid pid, Tid tid) {
  Space space = TETHER_TRY(ProcessBreakpoints::open(pid, tid, options_.places, *disassembler_));
  const bool is_first = child_ && child_->pid == pid && !std::exchange(has_begun_, true);
  for (std::size_t i = 0; i < options_.places.size(); ++i)
    if (!is_first && options_.places[i].is_number()) space->skip(i);
  TETHER_CHECK(space->resolve(tid));
  if (!space->watch_loader())
    for (const auto& pending : space->pending()) handler_.on_note(pending.error.message);
  return space;
}

BreakpointRun::Impl::Space BreakpointRun::Impl::find_sharer(Tid tid) {
  for (const auto& [pid, space] : spaces_)
    for (const Tid other : tracer_.tracees()) {
      if (other == tid || tracer_.pid_of(other) != pid) continue;
      auto shared = sys::share_memory(tid, other);
      // Where kcmp is forbidden, as container runtimes do.
      if (!shared.has_value()) shared = space->planted().probe_sharing(other, tid);
      if (shared.has_value() && *shared) return space;
      if (shared.has_value()) break;
    }
  return nullptr;
}

/// A process that has come into being: whose memory it has. False if it is to be let go.
Result<bool> BreakpointRun::Impl::adopt(AnyStop& stop) {
  const Tid tid = tid_of(stop);
  const Pid pid = tracer_.pid_of(tid);
  if (const Space shared = find_sharer(tid)) {
    spaces_[pid] = shared;
    return true;
  }
  if (options_.children == BreakpointOptions::Children::LetGo) return false;
  for (const Space& space : spaces()) {
    const bool is_parent = tracer_.parent_of(tid) && space_of(*tracer_.parent_of(tid)) == space;
    if (!is_parent && spaces().size() > 1) continue;
    spaces_[pid] = Space(TETHER_TRY(space->adopted_by(pid, tid)));
    wanted_processes_.insert(pid);
    return true;
  }
  return false;
}

Result<void> BreakpointRun::Impl::let_child_go(AnyStop&& stop) {
  const Tid tid = tid_of(stop);
  for (const Space& space : spaces()) {
    if (!TETHER_TRY(space->planted().clean(tid))) continue;
    if (auto* signalled = std::get_if<SignalDeliveryStop>(&stop)) TETHER_CHECK(leave_copy(*signalled, *space));
    GeneralRegisters registers = TETHER_TRY(std::visit([](const Stop& s) { return s.registers(); }, stop));
    if (space->planted().leave_copy(registers))
      TETHER_CHECK(std::visit([&](Stop& s) { return s.set_registers(registers); }, stop));
    if (space->planted().has_areas()) [[maybe_unused]]
      const auto unmapped =  // what stays mapped does no harm
          with_calls(stop, [&](RemoteCalls& calls) { return space->planted().unmap_copies(calls); });
    break;
  }
  threads_.erase(tid);
  tracer_.forget(tid);
  return detach(std::move(stop));
}

Result<void> BreakpointRun::Impl::on_exec(ExecStop&& exec) {
  const Tid tid = exec.tid();
  const Pid pid = tracer_.pid_of(tid);
  [[maybe_unused]] const bool is_new = tracer_.is_new(tid);
  threads_.erase(exec.former_tid());
  threads_.erase(tid);
  if (const auto former = spaces_.find(pid); former != spaces_.end()) {
    const Space space = std::move(former->second);
    spaces_.erase(former);
    if (space.use_count() == 1) space->planted().forget();
  }
  AnyStop stop = std::move(exec);
  const bool is_followed = wanted_processes_.contains(pid) || options_.children == BreakpointOptions::Children::Follow;
  if (!is_followed) {
    tracer_.forget(tid);
    return detach(std::move(stop));
  }
  wanted_processes_.insert(pid);
  const bool begins = child_ && child_->pid == pid && !has_begun_;
  const auto space = open_space_after_exec(pid, tid);
  if (space.has_value()) spaces_[pid] = *space;
  auto moved = space.has_value() ? move_on(std::move(stop), *space) : Result<void>(fail(space.error()));
  if (begins && !moved.has_value()) ::kill(pid.value, SIGKILL);
  return moved;
}

void BreakpointRun::Impl::on_end(const Tracer::Ended& ended) {
  threads_.erase(ended.tid);
  if (ended.tid != leader_of(ended.pid)) return;
  if (child_ && child_->pid == ended.pid) outcome_.command_status = wait_status_of(ended);
  spaces_.erase(ended.pid);
}

}  // namespace tether
