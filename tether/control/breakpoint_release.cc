// How processes are let go of as if there had never been a breakpoint.
//
// All threads are made to stand still, so that none is in a copy of an instruction or between an int3 and its signal.
// A thread that was interrupted just after it had executed an int3 has the SIGTRAP still in its queue: it is run until
// that is delivered, which is at once. Then the bytes are put back, the areas unmapped, the debug registers cleared.
//
// A thread that sleeps in the kernel and cannot be stopped (a parent in vfork, state D) executes nothing. The bytes are
// put back all the same; what it has been asked is withdrawn when it wakes, or by the kernel when the tracer ends. The
// areas are unmapped by another task that has the memory, the child of the vfork, unless the sleeper goes on in one.

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <unordered_set>
#include <utility>

#include "tether/arch/x86_64/registers.h"
#include "tether/control/internal/breakpoint_run_impl.h"
#include "tether/procfs/current_call.h"
#include "tether/procfs/status.h"
#include "tether/tracee/hold.h"

namespace tether {

namespace x86 = arch::x86_64;

namespace {

using std::chrono::milliseconds;
constexpr milliseconds kHoldPatience{300};
constexpr milliseconds kSleeperPatience{2000};

Result<GeneralRegisters> registers_of(const AnyStop& stop) {
  return std::visit([](const Stop& s) { return s.registers(); }, stop);
}

Result<void> set_registers(AnyStop& stop, const GeneralRegisters& registers) {
  return std::visit([&](Stop& s) { return s.set_registers(registers); }, stop);
}

/// Whether the thread has run into a breakpoint and its signal has not been delivered yet.
bool has_unseen_trap(Tid tid) {
  constexpr std::size_t kAtOnce = 64;  // real-time signals may wait in any number
  for (std::uint64_t first = 0;; first += kAtOnce) {
    const auto pending = sys::pending_signals(tid, sys::SignalQueue::Thread, first, kAtOnce);
    if (!pending.has_value() || pending->empty()) return false;
    const bool has_trap = std::ranges::any_of(*pending, [](const sys::SignalInfo& bytes) {
      siginfo_t info;
      std::memcpy(&info, bytes.data(), sizeof info);
      return info.si_signo == SIGTRAP && (is_breakpoint_signal(bytes) || is_debug_register_signal(bytes));
    });
    if (has_trap) return true;
  }
}

/// Of a thread that sleeps and cannot be stopped: the kernel tells where it will go on.
bool may_be_in_copy(const PlantedBreakpoints& planted, Tid tid) {
  const auto call = procfs::read_current_call(tid);
  return !call.has_value() || call->is_running || planted.is_in_area(call->instruction);
}

}  // namespace

class BreakpointRun::Impl::Release {
 public:
  explicit Release(Impl& run) : run_(run) {}
  Result<void> everything();

 private:
  void hold_all();
  void hold(Tid tid, milliseconds patience);
  /// False if it has to run on first.
  Result<bool> settle(AnyStop& stop);
  Result<void> leave_breakpoint(AnyStop& stop, const Space& space);
  Space space_of(Tid tid) const;
  void add(Tid tid);
  Result<void> lift();
  void unmap(const Space& space);
  void let_go();
  void stop_processes();

  Impl& run_;
  std::vector<Tid> tids_;
  std::unordered_set<Tid> known_;
  std::unordered_map<Tid, AnyStop> held_;
  std::vector<Tid> sleepers_;
};

Result<void> BreakpointRun::Impl::release() {
  return Release(*this).everything();
}

Result<void> BreakpointRun::Impl::Release::everything() {
  for (const Tid tid : run_.tracer_.tracees()) add(tid);
  hold_all();
  auto lifted = lift();
  for (const Space& space : run_.spaces()) unmap(space);
  if (run_.outcome_.end == BreakpointOutcome::End::Stopped) stop_processes();
  let_go();
  for (const Tid tid : std::exchange(sleepers_, {})) {
    hold(tid, kSleeperPatience);
    if (const Space space = space_of(tid)) unmap(space);
    let_go();
  }
  run_.outcome_.sleepers = sleepers_.size();
  for (const Space& space : run_.spaces()) run_.outcome_.keeps_areas |= space->planted().has_areas();
  return lifted;
}

void BreakpointRun::Impl::Release::add(Tid tid) {
  if (tid.value == 0 || !known_.insert(tid).second) return;
  [[maybe_unused]] const auto asked = sys::interrupt(tid);  // one that is going will be found gone
  tids_.push_back(tid);
}

void BreakpointRun::Impl::Release::hold_all() {
  for (std::size_t i = 0; i < tids_.size(); ++i) hold(tids_[i], kHoldPatience);
}

/// The space of a task that the tracer may not have heard of yet.
BreakpointRun::Impl::Space BreakpointRun::Impl::Release::space_of(Tid tid) const {
  if (run_.tracer_.holds(tid)) return run_.space_of(tid);
  const auto status = procfs::read_status(tid);
  if (!status.has_value()) return nullptr;
  const auto found = run_.spaces_.find(status->thread_group);
  return found != run_.spaces_.end() ? found->second : run_.find_sharer(tid);
}

void BreakpointRun::Impl::Release::hold(Tid tid, milliseconds patience) {
  for (;;) {
    auto stop = await_stop(tid, patience);
    if (!stop.has_value()) {
      if (stop.error().code != ErrorCode::Busy) return;
      // Not asleep, but still waiting for a CPU.
      const auto status = procfs::read_status(tid);
      if (status.has_value() && status->state == 'R') continue;
      sleepers_.push_back(tid);
      return;
    }
    if (const auto* made = std::get_if<NewTaskStop>(&*stop)) add(made->new_tid());
    if (std::holds_alternative<NewTaskStop>(*stop) || std::holds_alternative<VforkDoneStop>(*stop)) {
      // In the middle of a system call. Behind it, it stops again.
      [[maybe_unused]] const auto asked = sys::interrupt(tid);
      if (!go_on(std::move(*stop), Until::NextEvent).has_value()) return;
      continue;
    }
    const auto settled = settle(*stop);
    if (!settled.has_value()) return;  // it was killed
    if (*settled) {
      held_.insert_or_assign(tid, std::move(*stop));
      return;
    }
    auto* group = std::get_if<GroupStop>(&*stop);
    const auto moved =
        group != nullptr ? std::move(*group).run_alone(Until::NextEvent) : go_on(std::move(*stop), Until::NextEvent);
    if (!moved.has_value()) return;
  }
}

Result<bool> BreakpointRun::Impl::Release::settle(AnyStop& stop) {
  const Tid tid = tid_of(stop);
  const Space space = space_of(tid);
  if (!space) {
    if (!std::holds_alternative<SyscallEntryStop>(stop) && !run_.spaces().empty()) {
      TETHER_CHECK(run_.let_child_go(std::move(stop)));
      return fail({.code = ErrorCode::TraceeGone, .message = "let go", .hint = {}});
    }
    return true;
  }
  const auto* exec = std::get_if<ExecStop>(&stop);
  if (exec != nullptr) {
    if (space.use_count() <= 2) space->planted().forget();  // that of the map, and ours
    run_.spaces_.erase(run_.tracer_.pid_of(tid));
    return true;
  }
  if (!std::holds_alternative<SignalDeliveryStop>(stop) && has_unseen_trap(tid)) return false;
  TETHER_CHECK(leave_breakpoint(stop, space));
  auto& thread = run_.threads_[tid];
  TETHER_CHECK(run_.repair(stop));
  if (auto* signalled = std::get_if<SignalDeliveryStop>(&stop)) TETHER_CHECK(run_.leave_copy(*signalled, *space));
  GeneralRegisters registers = TETHER_TRY(registers_of(stop));
  if (space->planted().leave_copy(registers)) TETHER_CHECK(set_registers(stop, registers));
  if (std::exchange(thread.debug_version, 0u) != 0) TETHER_CHECK(set_debug_addresses(tid, {}));
  return true;
}

/// A thread that has just met a breakpoint stands before it, and its signal is not delivered.
Result<void> BreakpointRun::Impl::Release::leave_breakpoint(AnyStop& stop, const Space& space) {
  auto* signalled = std::get_if<SignalDeliveryStop>(&stop);
  if (signalled == nullptr || signalled->signal().value != SIGTRAP) return ok();
  const Tid tid = signalled->tid();
  const SigInfoBytes info = TETHER_TRY(signalled->info());
  bool is_ours = is_debug_register_signal(info) && space->debug_version() != 0;
  if (is_breakpoint_signal(info)) {
    GeneralRegisters registers = TETHER_TRY(signalled->registers());
    std::uint64_t& pc = registers.words[x86::kInstructionPointerWord];
    const bool is_rewound = std::exchange(run_.threads_[tid].is_rewound, false);
    is_ours = is_rewound || space->planted().find(RemoteAddr(pc - 1)) != nullptr;
    if (is_ours && !is_rewound) {
      --pc;
      TETHER_CHECK(signalled->set_registers(registers));
    }
  }
  if (is_ours) stop = InterruptStop(tid);
  return ok();
}

Result<void> BreakpointRun::Impl::Release::lift() {
  std::vector<Tid> alive = sleepers_;
  for (const auto& [tid, stop] : held_) alive.push_back(tid);
  Result<void> lifted;
  for (const Space& space : run_.spaces())
    // The ones that stand come first: who sleeps may wake and end.
    for (auto tid = alive.rbegin(); tid != alive.rend(); ++tid) {
      if (space_of(*tid) != space) continue;
      auto result = space->planted().lift(*tid);
      if (!result.has_value() && result.error().code == ErrorCode::TraceeGone) continue;
      if (!result.has_value()) lifted = std::move(result);
      break;
    }
  return lifted;
}

/// By any of its threads that stands; not while one may be in a copy.
void BreakpointRun::Impl::Release::unmap(const Space& space) {
  if (!space->planted().has_areas()) return;
  if (std::ranges::any_of(sleepers_,
                          [&](Tid tid) { return space_of(tid) == space && may_be_in_copy(space->planted(), tid); }))
    return;
  for (auto& [tid, stop] : held_) {
    if (space_of(tid) != space || !admits_calls(stop)) continue;
    const auto unmapped =
        run_.with_calls(stop, [&](RemoteCalls& calls) { return space->planted().unmap_areas(calls); });
    if (unmapped.has_value()) return;
  }
}

void BreakpointRun::Impl::Release::stop_processes() {
  for (const Pid pid : run_.wanted_processes_)
    if (run_.spaces_.contains(pid)) ::kill(pid.value, SIGSTOP);
}

void BreakpointRun::Impl::Release::let_go() {
  for (auto& [tid, stop] : held_) {
    [[maybe_unused]] const auto detached = detach(std::move(stop));
    run_.tracer_.forget(tid);
  }
  held_.clear();
}

}  // namespace tether
