#include "tether/engine/ptrace/ptrace_engine.h"

#include <signal.h>
#include <sys/syscall.h>

#include <cerrno>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "tether/arch/syscall_restart.h"
#include "tether/base/clock.h"
#include "tether/base/overloaded.h"
#include "tether/engine/ptrace/recorder.h"
#include "tether/sys/scheduling.h"
#include "tether/tracee/interrupted_call.h"
#include "tether/tracee/placement.h"
#include "tether/tracee/tracer.h"
#include "tether/tracee/wake.h"

namespace tether {

namespace {

/// EINTR, or one of the kernel's internal ERESTART codes (arch/syscall_restart.h).
bool is_interruption(std::int64_t result) {
  return result == -EINTR || is_restart_code(result);
}

}  // namespace

class PtraceEngine::Impl {
 public:
  Impl(PtraceEngineOptions options, CapturePolicy& policy)
      : options_(std::move(options)),
        next_stop_of_interest_(options_.filter.empty() && !options_.syscalls.is_none() ? Until::NextSyscallStop
                                                                                       : Until::NextEvent),
        recorder_(
            policy,
            {.times = options_.times, .comms = options_.comms, .instruction_pointers = options_.instruction_pointers}),
        tracer_(options_.cpu_times ? sys::WithUsage::Yes : sys::WithUsage::No) {}

  Result<void> open();
  Result<EngineOutcome> run(RawEventConsumer& consumer);
  void request_stop() {
    stop_requests_.fetch_add(1);
    wake_.start();
  }

  std::optional<Pid> launched() const { return child_ ? std::optional(child_->pid) : std::nullopt; }
  std::vector<Error> attach_errors;
  std::size_t attached = 0;

 private:
  Result<void> launch();
  Result<void> attach_all();
  void pin_to_one_cpu();

  Result<void> observe_all();
  Result<void> observe(AnyStop&& stop);
  void observe(const Tracer::Ended& ended);
  Result<void> on_entry(const sys::SyscallStopInfo& info, PlainStop&& stop);
  Result<void> on_exit(SyscallExitStop&& stop);
  Result<void> on_signal(SignalDeliveryStop&& stop);
  Result<void> on_group_stop(GroupStop&& stop);
  Result<void> on_exec(ExecStop&& stop);
  Result<void> on_interrupt(InterruptStop&& stop);
  void record_if_new(Tid tid);
  void record_exec(const ExecStop& stop);

  Result<void> release_all();
  Result<void> kill_all();
  void record_lost();
  Result<void> release(AnyStop&& stop);
  Result<void> release_at_exit(SyscallExitStop&& stop);
  Result<void> release_later(PlainStop&& stop);
  std::span<const std::byte> exit_record(PendingCall& call, const SyscallExitStop& stop);

  /// Resumes a tracee, then hands the record over; in lockstep the other way round.
  template <class Move>
  Result<void> hand_over(std::span<const std::byte> record, Move&& move);

  PendingCall& call_of(Tid tid) {
    if (tid != last_tid_) {
      last_tid_ = tid;
      last_call_ = &calls_[tid];  // references into an unordered_map survive insertions
    }
    return *last_call_;
  }
  /// The id may be another task's the next time we hear of it.
  void forget(Tid tid) {
    calls_.erase(tid);
    begun_.erase(tid);
    listening_.erase(tid);
    last_tid_ = Tid();
  }
  /// In the middle of a call that is recorded, the next stop of interest is its exit.
  Until until_exit(Tid tid) { return call_of(tid).is_open ? Until::NextSyscallStop : next_stop_of_interest(); }
  Until next_stop_of_interest() const { return next_stop_of_interest_; }
  /// Until its execve succeeds the child is tether's own, and what it does when that fails is not the command's.
  bool is_not_yet_the_command(Tid tid) const { return child_ && !exec_done_ && tid == leader_of(child_->pid); }

  PtraceEngineOptions options_;
  const Until next_stop_of_interest_;  ///< outside of calls: a filter, or that none is wanted, spares the stops at all
  Recorder recorder_;
  Tracer tracer_;
  Wake wake_;
  std::atomic<int> stop_requests_{0};
  std::optional<LaunchedChild> child_;
  std::unordered_set<Tid> begun_;      ///< PTRACE_TRACEME's children whose first SIGSTOP has come
  std::unordered_set<Tid> listening_;  ///< in a group-stop
  bool exec_done_ = false;             ///< the launched command's execve has succeeded
  std::unordered_map<Tid, PendingCall> calls_;
  Tid last_tid_;
  PendingCall* last_call_ = nullptr;
  RawEventConsumer* consumer_ = nullptr;
  EngineOutcome outcome_;
};

Result<void> PtraceEngine::Impl::open() {
  TETHER_CHECK(attach_all());
  if (options_.launch) TETHER_CHECK(launch());
  if (options_.pin) pin_to_one_cpu();
  return ok();
}

Result<void> PtraceEngine::Impl::launch() {
  const Command command = TETHER_TRY(resolve_command(*options_.launch));
  const bool filtered = !options_.filter.empty();
  // With RET_TRACE and no tracer the kernel fails calls with ENOSYS, so a filtered tree must not outlive us
  // (seccomp(2)).
  const bool kill = filtered || options_.launch->on_tracer_death == LaunchOptions::OnTracerDeath::Kill;
  child_ = TETHER_TRY(tracer_.launch(
      command, *options_.launch, {.follow = options_.follow, .seccomp = filtered, .exit_kill = kill}, options_.filter));
  return ok();
}

Result<void> PtraceEngine::Impl::attach_all() {
  const auto scope = options_.follow ? Tracer::Scope::ThreadGroup : Tracer::Scope::SingleTask;
  for (const Pid pid : options_.attach) {
    auto result = tracer_.attach(pid, scope, {.follow = options_.follow});
    if (result.has_value())
      ++attached;
    else
      attach_errors.push_back(std::move(result).error());
  }
  if (attached == 0 && !attach_errors.empty()) return fail(attach_errors.front());
  return ok();
}

void PtraceEngine::Impl::pin_to_one_cpu() {
  sys::CpuSet one;
  one.set(sys::current_cpu());
  std::vector<Tid> tids = tracer_.tracees();
  tids.push_back(Tid());  // the tracer's own thread
  for (const Tid tid : tids) [[maybe_unused]] const auto pinned = sys::allow_cpus(tid, one);
}

Result<EngineOutcome> PtraceEngine::Impl::run(RawEventConsumer& consumer) {
  consumer_ = &consumer;
  TETHER_CHECK(observe_all());
  if (stop_requests_.load() != 0) TETHER_CHECK(options_.filter.empty() ? release_all() : kill_all());
  record_lost();
  if (child_ && !exec_done_)
    if (auto failure = find_launch_failure(*child_)) return fail(std::move(*failure));
  return outcome_;
}

Result<void> PtraceEngine::Impl::observe_all() {
  Placement placement;
  while (stop_requests_.load(std::memory_order_relaxed) == 0) {
    auto what = TETHER_TRY(tracer_.next());
    if (std::holds_alternative<Tracer::NothingLeft>(what)) break;
    if (auto* stop = std::get_if<AnyStop>(&what)) {
      placement.on_stop(tid_of(*stop));
      TETHER_CHECK(unless_gone(observe(std::move(*stop))));
    }
    if (auto* ended = std::get_if<Tracer::Ended>(&what)) observe(*ended);
  }
  return ok();
}

template <class Move>
Result<void> PtraceEngine::Impl::hand_over(std::span<const std::byte> record, Move&& move) {
  if (!options_.lockstep) {
    Result<void> moved = move();
    consumer_->consume(record);
    return moved;
  }
  consumer_->consume(record);
  consumer_->settle();
  return move();
}

Result<void> PtraceEngine::Impl::observe(AnyStop&& any) {
  // Whatever the first stop is: a thread that was seized can meet a signal before it meets our interrupt.
  if (const Tid tid = tid_of(any); tid != last_tid_) record_if_new(tid);
  return std::visit(Overloaded{
                        [&](SyscallEntryStop& s) { return on_entry(s.info(), std::move(s)); },
                        [&](SeccompStop& s) { return on_entry(s.info(), std::move(s)); },
                        [&](SyscallExitStop& s) { return on_exit(std::move(s)); },
                        [&](SignalDeliveryStop& s) { return on_signal(std::move(s)); },
                        [&](GroupStop& s) { return on_group_stop(std::move(s)); },
                        [&](ExecStop& s) { return on_exec(std::move(s)); },
                        [&](InterruptStop& s) { return on_interrupt(std::move(s)); },
                        [&](NewTaskStop& s) {
                          if (tracer_.holds(s.new_tid())) record_if_new(s.new_tid());
                          return std::move(s).run(until_exit(s.tid()));
                        },
                        [&](VforkDoneStop& s) { return std::move(s).run(until_exit(s.tid())); },
                        [&](ExitStop& s) { return std::move(s).run(next_stop_of_interest()); },
                    },
                    any);
}

Result<void> PtraceEngine::Impl::on_entry(const sys::SyscallStopInfo& info, PlainStop&& stop) {
  const Tid tid = stop.tid();
  PendingCall& call = call_of(tid);
  // A filtered call that was entered under PTRACE_SYSCALL stops twice, at the entry and for seccomp: the same call.
  if (call.is_open && info.op == sys::SyscallStopInfo::Op::Seccomp) return std::move(stop).run(Until::NextSyscallStop);
  call.is_open = true;
  call.abi = info.abi;
  call.entry.nr = info.nr;
  std::copy(std::begin(info.args), std::end(info.args), std::begin(call.entry.args));
  call.entry.instruction_pointer = info.instruction_pointer;
  call.entry.stack_pointer = info.stack_pointer;
  call.is_wanted = options_.syscalls.contains({info.abi, static_cast<std::uint32_t>(info.nr)}) &&
                   (!is_not_yet_the_command(tid) || info.nr == SYS_execve);
  if (!call.is_wanted) return std::move(stop).run(Until::NextSyscallStop);
  call.cpu_time_at_entry_ns = tracer_.system_time_ns();
  const auto record = recorder_.syscall_entry(tid, tracer_.pid_of(tid), call);
  return hand_over(record, [&] { return std::move(stop).run(Until::NextSyscallStop); });
}

Result<void> PtraceEngine::Impl::on_exit(SyscallExitStop&& stop) {
  const Tid tid = stop.tid();
  PendingCall& call = call_of(tid);
  if (!call.is_open || !call.is_wanted) {
    call.is_open = false;
    return std::move(stop).run(next_stop_of_interest());
  }
  const auto record = exit_record(call, stop);
  return hand_over(record, [&] { return std::move(stop).run(next_stop_of_interest()); });
}

std::span<const std::byte> PtraceEngine::Impl::exit_record(PendingCall& call, const SyscallExitStop& stop) {
  call.is_open = false;
  ++outcome_.syscalls;
  return recorder_.syscall_exit(stop.tid(), tracer_.pid_of(stop.tid()), call,
                                {.return_value = stop.info().return_value,
                                 .is_error = stop.info().is_error ? 1u : 0u,
                                 .cpu_time_ns = tracer_.system_time_ns() - call.cpu_time_at_entry_ns});
}

Result<void> PtraceEngine::Impl::on_signal(SignalDeliveryStop&& stop) {
  const Tid tid = stop.tid();
  // PTRACE_TRACEME's children begin with a SIGSTOP of the kernel's, and its exec with a SIGTRAP: neither is the
  // program's.
  if (options_.launch && options_.launch->entry == LaunchOptions::Entry::TraceMe) {
    if (stop.signal().value == SIGSTOP && tid != leader_of(child_->pid) && begun_.insert(tid).second)
      return std::move(stop).suppress(next_stop_of_interest());
    if (stop.signal().value == SIGTRAP && !std::exchange(exec_done_, true))
      return std::move(stop).suppress(next_stop_of_interest());
  }
  // A traced task is woken even by signals that it ignores, which without a tracer would not have ended its call
  // (kernel/signal.c, sig_ignored).
  if (!is_stop_signal(stop.signal())) TETHER_CHECK(repair_interrupted_call(stop));
  if (!options_.signals.contains(stop.signal())) return std::move(stop).deliver(next_stop_of_interest());
  const auto record = recorder_.signal(tracer_.pid_of(tid), stop);
  return hand_over(record, [&] { return std::move(stop).deliver(next_stop_of_interest()); });
}

Result<void> PtraceEngine::Impl::on_group_stop(GroupStop&& stop) {
  listening_.insert(stop.tid());
  if (!options_.signals.contains(stop.signal())) return std::move(stop).listen();
  const auto record =
      recorder_.status(RawKind::GroupStop, stop.tid(), tracer_.pid_of(stop.tid()), {.value = stop.signal().value});
  return hand_over(record, [&] { return std::move(stop).listen(); });
}

Result<void> PtraceEngine::Impl::on_exec(ExecStop&& stop) {
  record_exec(stop);
  return std::move(stop).run(until_exit(stop.tid()));
}

void PtraceEngine::Impl::record_exec(const ExecStop& stop) {
  const Tid tid = stop.tid();
  if (child_ && tid == leader_of(child_->pid)) exec_done_ = true;
  if (stop.former_tid() == tid) return;
  // The exec'ing thread takes over the leader's id, and its call goes on under that id.
  const PendingCall call = call_of(stop.former_tid());
  forget(stop.former_tid());
  call_of(tid) = call;
  consumer_->consume(recorder_.task(RawKind::Superseded, tid, tracer_.pid_of(tid), stop.former_tid()));
}

Result<void> PtraceEngine::Impl::on_interrupt(InterruptStop&& stop) {
  const Tid tid = stop.tid();
  // What a group-stop interrupts is interrupted without a tracer, too.
  if (listening_.erase(tid) == 0) TETHER_CHECK(repair_interrupted_call(stop));
  return std::move(stop).run(next_stop_of_interest());
}

void PtraceEngine::Impl::record_if_new(Tid tid) {
  if (!tracer_.is_new(tid)) return;
  consumer_->consume(
      recorder_.task(RawKind::Attached, tid, tracer_.pid_of(tid), tracer_.parent_of(tid).value_or(Tid())));
}

void PtraceEngine::Impl::observe(const Tracer::Ended& ended) {
  forget(ended.tid);
  if (ended.is_new) consumer_->consume(recorder_.task(RawKind::Attached, ended.tid, ended.pid, Tid()));
  const bool exited = ended.kind == sys::WaitReport::Kind::Exited;
  const RawStatus status{.value = ended.status, .core_dumped = ended.kind == sys::WaitReport::Kind::Dumped ? 1u : 0u};
  if (child_ && ended.tid == leader_of(child_->pid)) {
    outcome_.end = exited ? EngineOutcome::End::Exited : EngineOutcome::End::Killed;
    (exited ? outcome_.status : outcome_.signal.value) = ended.status;
    outcome_.core_dumped = status.core_dumped != 0;
  }
  if (exited && is_not_yet_the_command(ended.tid)) return;
  consumer_->consume(recorder_.status(exited ? RawKind::Exited : RawKind::Killed, ended.tid, ended.pid, status));
}

Result<void> PtraceEngine::Impl::release_all() {
  tracer_.interrupt_all();
  std::uint64_t deadline = monotonic_ns() + Tracer::kReleasePatienceNs;
  while (tracer_.count() != 0 && stop_requests_.load() < 2 && monotonic_ns() < deadline) {
    auto what = TETHER_TRY(tracer_.next());
    if (std::holds_alternative<Tracer::NothingLeft>(what)) break;
    if (!std::holds_alternative<Tracer::Woken>(what)) deadline = monotonic_ns() + Tracer::kReleasePatienceNs;
    if (auto* stop = std::get_if<AnyStop>(&what)) TETHER_CHECK(unless_gone(release(std::move(*stop))));
    if (auto* ended = std::get_if<Tracer::Ended>(&what)) observe(*ended);
  }
  return ok();
}

/// A filter cannot be taken off again, and without a tracer it fails calls (seccomp(2), SECCOMP_RET_TRACE): its tree
/// ends with its tracer.
Result<void> PtraceEngine::Impl::kill_all() {
  for (const Tid tid : tracer_.tracees()) ::kill(tracer_.pid_of(tid).value, SIGKILL);
  while (tracer_.count() != 0) {
    auto what = TETHER_TRY(tracer_.next());
    if (std::holds_alternative<Tracer::NothingLeft>(what)) break;
    if (auto* stop = std::get_if<AnyStop>(&what))
      ::kill(tracer_.pid_of(tid_of(*stop)).value, SIGKILL);  // one born meanwhile
    if (auto* ended = std::get_if<Tracer::Ended>(&what)) observe(*ended);
  }
  return ok();
}

/// Tasks that the kernel lets go of by itself: those that found no moment to stop, when this thread ends; and a leader
/// whose place was taken by the execve of a thread that is not, or no longer, a tracee: it vanishes without a report
/// (fs/exec.c, de_thread).
void PtraceEngine::Impl::record_lost() {
  for (const Tid tid : tracer_.tracees()) {
    record_if_new(tid);
    consumer_->consume(recorder_.bare(RawKind::Detached, tid, tracer_.pid_of(tid)));
  }
}

Result<void> PtraceEngine::Impl::release(AnyStop&& any) {
  const Tid tid = tid_of(any);
  record_if_new(tid);
  if (auto* interrupted = std::get_if<InterruptStop>(&any)) TETHER_CHECK(repair_interrupted_call(*interrupted));
  if (auto* exit = std::get_if<SyscallExitStop>(&any)) return release_at_exit(std::move(*exit));
  // Letting go sets TIF_SIGPENDING (kernel/ptrace.c, __ptrace_unlink), so that a call which is about to begin would end
  // with EINTR behind our back. An interrupt makes it end so before our eyes.
  if (auto* entry = std::get_if<SyscallEntryStop>(&any)) return release_later(std::move(*entry));
  if (auto* entry = std::get_if<SeccompStop>(&any)) return release_later(std::move(*entry));
  if (auto* signal = std::get_if<SignalDeliveryStop>(&any); signal != nullptr && !is_stop_signal(signal->signal()))
    TETHER_CHECK(repair_interrupted_call(*signal));
  if (auto* exec = std::get_if<ExecStop>(&any)) record_exec(*exec);
  if (auto* made = std::get_if<NewTaskStop>(&any); made != nullptr && tracer_.holds(made->new_tid()))
    record_if_new(made->new_tid());
  consumer_->consume(recorder_.bare(RawKind::Detached, tid, tracer_.pid_of(tid)));
  tracer_.forget(tid);
  forget(tid);
  return detach(std::move(any));
}

/// A call that was cut short by our own interrupt must be restarted by the kernel, which happens behind an interrupt's
/// stop (interrupted_call.cc); its result is none of the program's. Any other result belongs to the story. Every stop
/// takes back a pending interrupt (kernel/signal.c, ptrace_stop), so it is asked for again.
Result<void> PtraceEngine::Impl::release_at_exit(SyscallExitStop&& stop) {
  PendingCall& call = call_of(stop.tid());
  if (call.is_open && call.is_wanted && !is_interruption(stop.info().return_value))
    consumer_->consume(exit_record(call, stop));
  return release_later(std::move(stop));
}

Result<void> PtraceEngine::Impl::release_later(PlainStop&& stop) {
  tracer_.interrupt(stop.tid());
  return std::move(stop).run(Until::NextEvent);
}

PtraceEngine::PtraceEngine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PtraceEngine::~PtraceEngine() = default;

Result<std::unique_ptr<PtraceEngine>> PtraceEngine::open(PtraceEngineOptions options, CapturePolicy& policy) {
  auto impl = std::make_unique<Impl>(std::move(options), policy);
  TETHER_CHECK(impl->open());
  return std::unique_ptr<PtraceEngine>(new PtraceEngine(std::move(impl)));
}

Result<EngineOutcome> PtraceEngine::run(RawEventConsumer& consumer) {
  return impl_->run(consumer);
}
void PtraceEngine::request_stop() {
  impl_->request_stop();
}
std::optional<Pid> PtraceEngine::launched() const {
  return impl_->launched();
}
const std::vector<Error>& PtraceEngine::attach_errors() const {
  return impl_->attach_errors;
}
std::size_t PtraceEngine::attached() const {
  return impl_->attached;
}

}  // namespace tether
