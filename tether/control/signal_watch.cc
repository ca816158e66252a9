#include "tether/control/signal_watch.h"

#include <signal.h>

#include <atomic>
#include <cstring>
#include <unordered_set>
#include <utility>

#include "tether/base/clock.h"
#include "tether/base/overloaded.h"
#include "tether/tracee/interrupted_call.h"
#include "tether/tracee/tracer.h"
#include "tether/tracee/wake.h"

namespace tether {

namespace {

class Watch final : public SignalWatch {
 public:
  Result<void> attach_all(std::span<const Pid> processes, const SignalWatchOptions& options) {
    const bool is_followed = options.children == SignalWatchOptions::Children::Follow;
    const sys::TraceOptions trace{.follow = true};  // also new threads; children are let go unless followed
    is_followed_ = is_followed;
    for (const Pid pid : processes) {
      watched_.insert(pid);
      auto attached = options.thread
                          ? tracer_.attach(Pid(options.thread->value), Tracer::Scope::SingleTask, {.follow = false})
                          : tracer_.attach(pid, Tracer::Scope::ThreadGroup, trace);
      if (!attached.has_value()) refusals_.push_back(std::move(attached).error());
    }
    if (tracer_.count() == 0 && !refusals_.empty()) return fail(refusals_.front());
    return ok();
  }

  Result<void> run(const Listener& listener) override {
    listener_ = &listener;
    while (!is_ending_.load(std::memory_order_relaxed)) {
      auto what = TETHER_TRY(tracer_.next());
      if (std::holds_alternative<Tracer::NothingLeft>(what)) return ok();
      if (auto* stop = std::get_if<AnyStop>(&what)) TETHER_CHECK(unless_gone(take(std::move(*stop))));
      if (auto* ended = std::get_if<Tracer::Ended>(&what)) tell_end(*ended);
    }
    return release_all();
  }

  const std::vector<Error>& refusals() const override { return refusals_; }

  void request_stop() override {
    is_ending_.store(true);
    wake_.start();
  }

 private:
  /// A process that was made by fork, of which nothing is wanted.
  bool is_stranger(Tid tid) const { return !is_followed_ && !watched_.contains(tracer_.pid_of(tid)); }

  Result<void> take(AnyStop&& any) {
    const Tid tid = tid_of(any);
    if (is_stranger(tid)) return release(std::move(any));
    return std::visit(Overloaded{
                          [&](SignalDeliveryStop& stop) { return judge(std::move(stop)); },
                          [&](GroupStop& stop) {
                            listening_.insert(tid);
                            return std::move(stop).listen();
                          },
                          [&](InterruptStop& stop) -> Result<void> {
                            if (listening_.erase(tid) == 0) TETHER_CHECK(repair_interrupted_call(stop));
                            return std::move(stop).run(Until::NextEvent);
                          },
                          [&](PlainStop& stop) { return std::move(stop).run(Until::NextEvent); },
                      },
                      any);
  }

  Result<void> judge(SignalDeliveryStop&& stop) {
    // A traced task is woken even by signals that it ignores (kernel/signal.c, sig_ignored).
    if (!is_stop_signal(stop.signal())) TETHER_CHECK(repair_interrupted_call(stop));
    const SigInfoBytes info = TETHER_TRY(stop.info());
    const Verdict verdict = listener_->on_signal(
        {.tid = stop.tid(), .pid = tracer_.pid_of(stop.tid()), .signal = stop.signal(), .info = info});
    if (verdict.deliver == Signal()) return std::move(stop).suppress(Until::NextEvent);
    SigInfoBytes changed = verdict.info.value_or(info);
    const std::int32_t number = verdict.deliver.value;
    std::memcpy(changed.data(), &number, sizeof number);  // si_signo: another one would make the kernel forget the rest
    if (changed != info) TETHER_CHECK(stop.set_info(changed));
    return std::move(stop).replace(verdict.deliver, Until::NextEvent);
  }

  void tell_end(const Tracer::Ended& ended) {
    listening_.erase(ended.tid);
    if (ended.tid != leader_of(ended.pid) || (!is_followed_ && !watched_.contains(ended.pid))) return;
    if (ended.kind == sys::WaitReport::Kind::Exited)
      listener_->on_end(ended.pid, ended.status);
    else
      listener_->on_end(ended.pid, Signal(ended.status));
  }

  Result<void> release_all() {
    tracer_.interrupt_all();
    std::uint64_t deadline = monotonic_ns() + Tracer::kReleasePatienceNs;
    while (tracer_.count() != 0 && monotonic_ns() < deadline) {
      auto what = TETHER_TRY(tracer_.next());
      if (std::holds_alternative<Tracer::NothingLeft>(what)) return ok();
      if (!std::holds_alternative<Tracer::Woken>(what)) deadline = monotonic_ns() + Tracer::kReleasePatienceNs;
      if (auto* stop = std::get_if<AnyStop>(&what)) TETHER_CHECK(unless_gone(release(std::move(*stop))));
      if (auto* ended = std::get_if<Tracer::Ended>(&what)) tell_end(*ended);
    }
    return ok();
  }

  Result<void> release(AnyStop&& any) {
    const Tid tid = tid_of(any);
    if (auto* signal = std::get_if<SignalDeliveryStop>(&any); signal != nullptr) {
      if (!is_stop_signal(signal->signal())) TETHER_CHECK(repair_interrupted_call(*signal));
      if (!is_stranger(tid)) return release_at_signal(std::move(*signal));
    }
    if (auto* interrupted = std::get_if<InterruptStop>(&any)) TETHER_CHECK(repair_interrupted_call(*interrupted));
    tracer_.forget(tid);
    return detach(std::move(any));
  }

  /// The verdict holds for this last one, too; then the task is asked to stop once more.
  Result<void> release_at_signal(SignalDeliveryStop&& stop) {
    tracer_.interrupt(stop.tid());
    return judge(std::move(stop));
  }

  Tracer tracer_;
  Wake wake_;
  std::atomic<bool> is_ending_{false};
  bool is_followed_ = false;
  std::vector<Error> refusals_;
  std::unordered_set<Pid> watched_;
  std::unordered_set<Tid> listening_;  ///< in a group-stop
  const Listener* listener_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<SignalWatch>> SignalWatch::attach(std::span<const Pid> processes,
                                                         const SignalWatchOptions& options) {
  auto watch = std::make_unique<Watch>();
  TETHER_CHECK(watch->attach_all(processes, options));
  return std::unique_ptr<SignalWatch>(std::move(watch));
}

}  // namespace tether
