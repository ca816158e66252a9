// The three threads of a session, and why.
//
//   tracer     made by open(); launches or attaches, and is the only one that may call ptrace. Its own thread, so that
//   the host
//              program's children (which a wait by their parent's thread would meet) are none of its business.
//   presenter  the caller of run(): takes records from the ring, decodes them, feeds the sink. In lockstep there is
//   nothing to gain from a
//              second thread, since each record must be shown before its tracee goes on: the tracer presents it itself.
//   knocker    exists only once request_stop() was called: interrupts the tracer's wait (tracee/wake.h).
//
// How the presenter waits for records decides what tracing costs; presenter_wait.h has the essay.

#include "tether/session/session.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "tether/base/clock.h"
#include "tether/decode/capture.h"
#include "tether/decode/names.h"
#include "tether/decode/options.h"
#include "tether/engine/ptrace/ptrace_engine.h"
#include "tether/engine/replay/replay_engine.h"
#include "tether/event/recording.h"
#include "tether/filter/seccomp_program.h"
#include "tether/session/direct_consumer.h"
#include "tether/session/presenter_wait.h"
#include "tether/session/pump.h"
#include "tether/session/ring.h"

namespace tether {

namespace {

constexpr std::size_t kRingBytes = 8u << 20;

decode::DecodeOptions decode_options(const SessionOptions& options) {
  decode::DecodeOptions decode;
  decode.string_limit = options.string_limit;
  decode.verbose = options.verbose == Choice::Yes;
  // A filter by path has to know what descriptors refer to, whether or not that is shown.
  decode.fd_paths = options.fd_paths == Choice::Yes || options.fd_details == Choice::Yes || !options.paths.empty();
  decode.fd_details = options.fd_details == Choice::Yes;
  decode.pid_names = options.command_names == Choice::Yes;
  decode.whole = options.whole_calls;
  decode.addresses = options.address_calls;
  decode.raw = options.raw_calls;
  decode.read_dumps = options.read_dumps;
  decode.write_dumps = options.write_dumps;
  return decode;
}

PtraceEngineOptions engine_options(const SessionOptions& options) {
  PtraceEngineOptions engine;
  engine.launch = options.launch;
  engine.attach = options.attach;
  engine.follow = options.follow == Choice::Yes;
  engine.syscalls = decode::recorded_calls(options.syscalls);
  engine.signals = options.signals;
  engine.times = options.times == Choice::Yes;
  engine.cpu_times = options.cpu_times == Choice::Yes;
  engine.comms = options.command_names == Choice::Yes;
  engine.instruction_pointers = options.instruction_pointers == Choice::Yes || !options.recording.empty();
  engine.lockstep = options.lockstep == Choice::Yes;
  engine.pin = options.pin == Choice::Yes;
  // A filter cannot be removed again, so it is only for trees that are ours from birth; and it is inherited, so a tree
  // whose children are not followed must not have it.
  const bool can_filter = options.launch && options.attach.empty() && options.follow == Choice::Yes &&
                          options.launch->entry == LaunchOptions::Entry::Seize && !options.launch->waiting;
  if (can_filter && options.seccomp == Choice::Yes && !options.syscalls.is_all())
    engine.filter = make_seccomp_program(engine.syscalls);
  return engine;
}

class RingConsumer final : public RawEventConsumer {
 public:
  explicit RingConsumer(Ring& ring) : ring_(ring) {}
  void consume(std::span<const std::byte> record) override { ring_.push(record); }
  void settle() override {}

 private:
  Ring& ring_;
};

/// Records on their way to the sink, and into a recording if one is wanted.
class Presentation {
 public:
  static Result<Presentation> open(const SessionOptions& options, Sink& sink) {
    const decode::DecodeOptions decode = decode_options(options);
    Presentation presentation(std::make_unique<Pump>(
        decode, EventFilter{.signals = {}, .calls = options.syscalls, .paths = options.paths, .fds = options.fds},
        sink));
    if (options.recording.empty()) return presentation;
    const RecordingHeader header{.string_limit = decode.string_limit,
                                 .verbose = decode.verbose,
                                 .fd_paths = decode.fd_paths,
                                 .fd_details = decode.fd_details,
                                 .times = options.times == Choice::Yes,
                                 .pid_names = decode.pid_names,
                                 .realtime_offset_ns = realtime_offset_ns()};
    presentation.recorded_signals_ = options.recorded_signals;
    presentation.recording_ = TETHER_TRY(RecordingWriter::create(options.recording, header));
    return presentation;
  }

  Result<void> accept(std::span<const std::byte> record) {
    if (recording_ && is_recorded(record)) TETHER_CHECK(recording_->write(record));
    return pump_->accept(record);
  }
  Result<void> idle() { return pump_->idle(); }
  Result<void> finish() {
    TETHER_CHECK(pump_->finish());
    return recording_ ? recording_->flush() : ok();
  }
  std::uint64_t events() const { return pump_->events(); }

 private:
  explicit Presentation(std::unique_ptr<Pump> pump) : pump_(std::move(pump)) {}
  bool is_recorded(std::span<const std::byte> record) const {
    const auto signal = find_signal(RawEventView(record));
    return !signal || recorded_signals_.contains(*signal);
  }

  std::unique_ptr<Pump> pump_;
  SignalSelection recorded_signals_;
  std::optional<RecordingWriter> recording_;
};

SessionOutcome::End end_of(EngineOutcome::End end) {
  switch (end) {
    case EngineOutcome::End::Exited:
      return SessionOutcome::End::Exited;
    case EngineOutcome::End::Killed:
      return SessionOutcome::End::Killed;
    case EngineOutcome::End::Released:
      return SessionOutcome::End::Released;
  }
  return SessionOutcome::End::Released;
}

SessionOutcome make_outcome(const EngineOutcome& engine, std::uint64_t events, std::size_t attached) {
  return {.end = end_of(engine.end),
          .status = engine.status,
          .signal = engine.signal,
          .core_dumped = engine.core_dumped,
          .events = events,
          .syscalls = engine.syscalls,
          .attached = attached};
}

}  // namespace

class Session::Impl {
 public:
  explicit Impl(SessionOptions options)
      : options_(std::move(options)), capturer_(decode_options(options_)), ring_(kRingBytes) {}
  ~Impl();

  Result<void> open();
  Result<SessionOutcome> run(Sink& sink);
  void request_stop();

  std::vector<Error> attach_errors;
  std::optional<Pid> launched;

 private:
  enum class Stage : std::uint8_t { Opening, Open, Running, Abandoned, Finished };

  void trace();
  Result<EngineOutcome> trace_with(PtraceEngine& engine);
  Result<void> present();
  void set_stage(Stage stage);

  SessionOptions options_;
  decode::Capturer capturer_;
  Ring ring_;
  std::thread tracer_;

  std::mutex mutex_;  // guards everything below
  std::condition_variable changed_;
  Stage stage_ = Stage::Opening;
  PtraceEngine* engine_ = nullptr;        ///< while the tracer thread has one
  Presentation* presentation_ = nullptr;  ///< while running
  Result<void> presented_;                ///< in lockstep
  Result<EngineOutcome> outcome_;
  std::size_t attached_ = 0;
};

void Session::Impl::set_stage(Stage stage) {
  {
    const std::lock_guard lock(mutex_);
    stage_ = stage;
  }
  changed_.notify_all();
}

/// The tracer thread.
void Session::Impl::trace() {
  auto engine = PtraceEngine::open(engine_options(options_), capturer_);
  std::unique_lock lock(mutex_);
  if (!engine.has_value()) {
    outcome_ = fail(std::move(engine).error());
    stage_ = Stage::Finished;
    changed_.notify_all();
    return;
  }
  engine_ = engine->get();
  attach_errors = engine_->attach_errors();
  launched = engine_->launched();
  attached_ = engine_->attached();
  stage_ = Stage::Open;
  changed_.notify_all();
  changed_.wait(lock, [&] { return stage_ != Stage::Open; });
  lock.unlock();

  auto outcome = trace_with(**engine);
  ring_.close();

  lock.lock();
  outcome_ = std::move(outcome);
  engine_ = nullptr;
  stage_ = Stage::Finished;
  changed_.notify_all();
}

Result<EngineOutcome> Session::Impl::trace_with(PtraceEngine& engine) {
  if (options_.lockstep == Choice::No || presentation_ == nullptr) {
    RingConsumer consumer(ring_);
    return engine.run(consumer);
  }
  DirectConsumer consumer(*presentation_, engine);
  auto outcome = engine.run(consumer);
  presented_ = std::move(consumer.result());
  return outcome;
}

Result<void> Session::Impl::open() {
  tracer_ = std::thread([this] { trace(); });
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return stage_ != Stage::Opening; });
  if (stage_ == Stage::Finished) return fail(outcome_.error());
  return ok();
}

Session::Impl::~Impl() {
  if (!tracer_.joinable()) return;
  request_stop();
  ring_.abandon();
  {
    const std::lock_guard lock(mutex_);
    if (stage_ == Stage::Open) stage_ = Stage::Abandoned;
  }
  changed_.notify_all();
  tracer_.join();
}

void Session::Impl::request_stop() {
  const std::lock_guard lock(mutex_);
  if (engine_ != nullptr) engine_->request_stop();
}

Result<SessionOutcome> Session::Impl::run(Sink& sink) {
  auto presentation = Presentation::open(options_, sink);
  if (!presentation.has_value()) return fail(std::move(presentation).error());  // the destructor lets the tracees go
  presentation_ = &*presentation;
  set_stage(Stage::Running);
  Result<void> presented = options_.lockstep == Choice::No ? present() : ok();
  if (!presented.has_value()) {
    request_stop();
    ring_.abandon();
  }
  tracer_.join();
  if (options_.lockstep == Choice::Yes) presented = std::move(presented_);
  if (presented.has_value()) presented = presentation->finish();
  if (!presented.has_value()) return fail(std::move(presented).error());
  if (!outcome_.has_value()) return fail(outcome_.error());
  return make_outcome(*outcome_, presentation->events(), attached_);
}

Result<void> Session::Impl::present() {
  PresenterWait waiting;
  while (!ring_.is_finished()) {
    const auto record = ring_.front();
    if (record.empty()) {
      TETHER_CHECK(presentation_->idle());
      waiting.wait(ring_);
      continue;
    }
    TETHER_CHECK(presentation_->accept(record));
    ring_.pop();
  }
  return ok();
}

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Result<Session> Session::open(SessionOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  TETHER_CHECK(impl->open());
  return Session(std::move(impl));
}

const std::vector<Error>& Session::attach_errors() const {
  return impl_->attach_errors;
}
std::optional<Pid> Session::launched() const {
  return impl_->launched;
}
Result<SessionOutcome> Session::run(Sink& sink) {
  return impl_->run(sink);
}
void Session::request_stop() {
  impl_->request_stop();
}

std::string_view version() {
  return TETHER_VERSION;
}

}  // namespace tether
