// How breakpoints are served.
//
// 1. A thread that executes the int3 stops at the delivery of its SIGTRAP. It is sent past the instruction
//    (displaced_instruction.h) in the same stop: one stop a hit, no single step, no moment at which the int3 is gone.
//
// 2. Signals. When a thread is resumed, the kernel first delivers what else has come meanwhile; then its instruction
//    pointer lies at the beginning of the copy. At that signal's stop it is put back to the original: the handler sees
//    the program's own address, and after its return the thread meets the int3 again. That it has been reported is
//    remembered with the thread's stack pointer, so a hit is told once for each time that the instruction is executed.
//
// 3. Threads are traced from their first moment (PTRACE_O_TRACECLONE), so that debug registers can be set before they
//    execute anything. A child made by fork has its own copy of all memory: it is cleaned at its first stop. A child
//    that shares the memory (vfork, posix_spawn) needs the breakpoints served until it execs. kcmp(2) tells which it
//    is, whatever flags clone was given.
//
// 4. The bytes are written while all threads are tracees, which need not stop for it: whoever meets one stops then.
//    Only the area for copies wants one thread to stand still, which makes the system call.
//
// 5. In a restartable sequence (rseq(2)) no thread may be stopped: it would begin again, be stopped again, and so on.
//    Places in one are refused where the program's files declare it, and given up where a thread stands in another.

#include "tether/control/breakpoint_run.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <functional>
#include <thread>
#include <utility>

#include "tether/base/overloaded.h"
#include "tether/control/internal/breakpoint_run_impl.h"
#include "tether/procfs/task.h"
#include "tether/tracee/hold.h"
#include "tether/tracee/interrupted_call.h"
#include "tether/tracee/placement.h"

namespace tether {

namespace {

/// Wakes the tracer when a descriptor becomes readable.
class EndingWatch {
 public:
  EndingWatch(int ending, Wake& wake)
      : end_(::eventfd(0, EFD_CLOEXEC)), watcher_([this, ending, &wake] {
          pollfd fds[] = {{.fd = ending, .events = POLLIN, .revents = 0},
                          {.fd = end_.get(), .events = POLLIN, .revents = 0}};
          while (::poll(fds, 2, -1) < 0 && errno == EINTR) {
          }
          if (fds[0].revents == 0) return;
          has_come_.store(true, std::memory_order_relaxed);
          wake.start();
        }) {}
  ~EndingWatch() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(end_.get(), &one, sizeof one);
    watcher_.join();
  }
  EndingWatch(const EndingWatch&) = delete;
  EndingWatch& operator=(const EndingWatch&) = delete;

  /// To be asked between stops, too: a tracer that always finds one does not wait, and is not woken.
  bool has_come() const { return has_come_.load(std::memory_order_relaxed); }

 private:
  UniqueFd end_;
  std::atomic<bool> has_come_{false};
  std::thread watcher_;
};

}  // namespace

bool admits_calls(const AnyStop& stop) {
  return std::holds_alternative<InterruptStop>(stop) || std::holds_alternative<GroupStop>(stop) ||
         std::holds_alternative<SignalDeliveryStop>(stop) || std::holds_alternative<ExecStop>(stop);
}

BreakpointRun::BreakpointRun(BreakpointOptions options, BreakpointHandler& handler)
    : impl_(std::make_unique<Impl>(std::move(options), handler)) {}
BreakpointRun::~BreakpointRun() = default;

Result<void> BreakpointRun::attach(Pid pid) {
  return impl_->attach(pid);
}
Result<Pid> BreakpointRun::launch(const LaunchOptions& options) {
  return impl_->launch(options);
}
Result<BreakpointOutcome> BreakpointRun::serve(int ending) {
  return impl_->serve(ending);
}

Result<void> BreakpointRun::Impl::open_disassembler() {
  if (!disassembler_) disassembler_.emplace(TETHER_TRY(disasm::Disassembler::open()));
  return ok();
}

Result<void> BreakpointRun::Impl::attach(Pid pid) {
  TETHER_CHECK(open_disassembler());
  const Space space = TETHER_TRY(open_space(pid, procfs::living_task_of(pid)));
  if (!space->pending().empty()) {
    if (options_.unknown == BreakpointOptions::Unknown::Refuse)
      return fail(
          Error(space->pending().front().error).with_hint("--pending waits until a library that has it is loaded"));
    if (!space->watch_loader())
      return fail(Error(space->pending().front().error)
                      .with_context("the process has no dynamic linker that could load it later"));
  }
  TETHER_CHECK(tracer_.attach(pid, Tracer::Scope::ThreadGroup, {.follow = true, .exec = true}));
  spaces_[pid] = space;
  wanted_processes_.insert(pid);
  halt_all(pid);
  return ok();
}

Result<Pid> BreakpointRun::Impl::launch(const LaunchOptions& options) {
  TETHER_CHECK(open_disassembler());
  const Command command = TETHER_TRY(resolve_command(options));
  child_ = TETHER_TRY(tracer_.launch(command, options, {.follow = true, .exec = true}, {}));
  wanted_processes_.insert(child_->pid);
  return child_->pid;
}

Result<BreakpointOutcome> BreakpointRun::Impl::serve(int ending) {
  Result<void> served;
  {
    Wake wake;
    const EndingWatch watch(ending, wake);
    Placement placement;
    while (verdict_ == Verdict::GoOn && !watch.has_come() && served.has_value()) {
      auto what = tracer_.next();
      if (!what.has_value()) {
        served = fail(std::move(what).error());
      } else if (auto* stop = std::get_if<AnyStop>(&*what)) {
        placement.on_stop(tid_of(*stop));
        served = unless_gone(handle(std::move(*stop)));
      } else if (const auto* ended = std::get_if<Tracer::Ended>(&*what)) {
        on_end(*ended);
      } else if (std::holds_alternative<Tracer::NothingLeft>(*what)) {
        break;
      }
    }
  }
  if (tracer_.count() != 0) {
    outcome_.end = verdict_ == Verdict::EndStopped ? BreakpointOutcome::End::Stopped : BreakpointOutcome::End::Released;
    if (auto released = release(); !released.has_value() && served.has_value()) served = std::move(released);
  }
  if (!served.has_value()) return fail(std::move(served).error());
  if (child_ && !has_begun_)
    if (auto failure = find_launch_failure(*child_)) return fail(std::move(*failure));
  return outcome_;
}

std::vector<BreakpointRun::Impl::Space> BreakpointRun::Impl::spaces() const {
  std::vector<Space> all;
  for (const auto& [pid, space] : spaces_)
    if (std::ranges::find(all, space) == all.end()) all.push_back(space);
  return all;
}

BreakpointRun::Impl::Space BreakpointRun::Impl::space_of(Tid tid) const {
  const auto found = spaces_.find(tracer_.pid_of(tid));
  return found != spaces_.end() ? found->second : nullptr;
}

Result<void> BreakpointRun::Impl::handle(AnyStop&& stop) {
  const Tid tid = tid_of(stop);
  if (auto* exec = std::get_if<ExecStop>(&stop)) return on_exec(std::move(*exec));
  Space space = space_of(tid);
  if (tracer_.is_new(tid) && !space) {
    if (!TETHER_TRY(adopt(stop))) return let_child_go(std::move(stop));
    space = space_of(tid);
  }
  // The launched command before its exec; whoever is let go of.
  if (!space) return go_on(std::move(stop), Until::NextEvent);
  return move_on(std::move(stop), space);
}

Result<void> BreakpointRun::Impl::move_on(AnyStop&& stop, const Space& space) {
  const Tid tid = tid_of(stop);
  Thread& thread = threads_[tid];
  TETHER_CHECK(repair(stop));
  if (space->wants_planting() && admits_calls(stop)) {
    if (auto* signalled = std::get_if<SignalDeliveryStop>(&stop)) TETHER_CHECK(leave_copy(*signalled, *space));
    if (const auto planted = plant(stop, *space); !planted.has_value()) return planted;
  }
  if (thread.debug_version != space->debug_version()) TETHER_CHECK(update_debug_registers(tid, *space));
  if (auto* signalled = std::get_if<SignalDeliveryStop>(&stop)) return on_signal(std::move(*signalled), space);
  if (std::holds_alternative<GroupStop>(stop)) thread.is_listening = true;
  if (std::holds_alternative<InterruptStop>(stop)) thread.is_listening = false;
  return go_on(std::move(stop), Until::NextEvent);
}

/// What stopping has done to the call that the thread was in (tracee/interrupted_call.h).
Result<void> BreakpointRun::Impl::repair(AnyStop& stop) {
  if (auto* signalled = std::get_if<SignalDeliveryStop>(&stop);
      signalled != nullptr && !is_stop_signal(signalled->signal()))
    return repair_interrupted_call(*signalled);
  // What a group-stop interrupts is interrupted without a tracer, too.
  if (auto* interrupted = std::get_if<InterruptStop>(&stop);
      interrupted != nullptr && !threads_[interrupted->tid()].is_listening)
    return repair_interrupted_call(*interrupted);
  return ok();
}

Result<void> BreakpointRun::Impl::on_signal(SignalDeliveryStop&& stop, const Space& space) {
  if (stop.signal().value == SIGTRAP) {
    const SigInfoBytes info = TETHER_TRY(stop.info());
    if (is_debug_register_signal(info) && space->debug_version() != 0) return on_debug_register(std::move(stop), space);
    if (is_breakpoint_signal(info)) {
      GeneralRegisters registers = TETHER_TRY(stop.registers());
      return on_breakpoint(std::move(stop), space, registers);
    }
  }
  TETHER_CHECK(leave_copy(stop, *space));
  return std::move(stop).deliver(Until::NextEvent);
}

/// Makes remote calls in the stopped thread. Afterwards `stop` is another one, from which it can go on as from the
/// first.
Result<void> BreakpointRun::Impl::with_calls(AnyStop& stop, const std::function<Result<void>(RemoteCalls&)>& work) {
  HeldTask task(std::move(stop));
  Result<void> worked;
  if (auto calls = RemoteCalls::begin(task, options_.remote_calls); calls.has_value()) {
    worked = work(*calls);
    if (auto ended = calls->end(); worked.has_value() && !ended.has_value()) worked = std::move(ended);
  } else {
    worked = fail(std::move(calls).error());
  }
  if (task.is_held()) stop = task.take_stop();
  return worked;
}

Result<void> BreakpointRun::Impl::plant(AnyStop& stop, ProcessBreakpoints& space) {
  const Tid tid = tid_of(stop);
  while (const auto near = TETHER_TRY(space.plant_wanted(tid)))
    TETHER_CHECK(with_calls(stop, [&](RemoteCalls& calls) { return space.planted().add_area(calls, *near); }));
  return ok();
}

Result<void> BreakpointRun::Impl::update_debug_registers(Tid tid, ProcessBreakpoints& space) {
  TETHER_CHECK(set_debug_addresses(tid, space.debug_addresses()));
  threads_[tid].debug_version = space.debug_version();
  return ok();
}

}  // namespace tether
