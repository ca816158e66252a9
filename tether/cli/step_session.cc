#include "tether/cli/step_session.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <thread>
#include <utility>

#include "tether/arch/x86_64/registers.h"
#include "tether/base/unique_fd.h"
#include "tether/cli/exit_status.h"
#include "tether/cli/launched_target.h"
#include "tether/cli/messages.h"
#include "tether/control/step_goal.h"
#include "tether/tracee/command.h"
#include "tether/tracee/tracer.h"
#include "tether/tracee/wake.h"

namespace tether::cli {

namespace {

/// Watches for the front's ending while this thread waits for its tracee, and makes that wait return.
class EndingWatcher {
 public:
  explicit EndingWatcher(const Front& front) : done_(::eventfd(0, EFD_CLOEXEC)) {
    thread_ = std::thread([this, ending = front.descriptor()] {
      pollfd both[] = {{.fd = ending, .events = POLLIN, .revents = 0},
                       {.fd = done_.get(), .events = POLLIN, .revents = 0}};
      while (::poll(both, std::size(both), -1) < 0 && errno == EINTR) {
      }
      if (both[1].revents != 0) return;
      is_ending_ = true;
      wake_.start();
    });
  }
  ~EndingWatcher() {
    ::eventfd_write(done_.get(), 1);
    thread_.join();
  }
  EndingWatcher(const EndingWatcher&) = delete;
  EndingWatcher& operator=(const EndingWatcher&) = delete;

  bool is_ending() const { return is_ending_; }

 private:
  Wake wake_;
  UniqueFd done_;
  std::atomic<bool> is_ending_ = false;
  std::thread thread_;
};

bool is_over(const Stepper::Happening& happening) {
  return std::holds_alternative<Stepper::Ended>(happening);
}

class StepRun {
 public:
  StepRun(const StepSettings& settings, Stepper& stepper, StepOutput& output, Pid pid)
      : settings_(settings), stepper_(stepper), output_(output), names_(pid) {}

  enum class UnknownNames : std::uint8_t { Refuse, AwaitLibraries };

  /// Finds what --until means. In a command that has just begun, a name may be that of a library not loaded yet.
  Result<void> prepare(UnknownNames unknown) {
    if (!settings_.until) return ok();
    if (*settings_.until == "syscall") goal_ = StepGoal(StepGoal::Kind::SystemCall);
    if (*settings_.until == "ret") goal_ = StepGoal(StepGoal::Kind::FunctionReturn);
    if (goal_.kind() != StepGoal::Kind::Never) return ok();
    auto found = find_goal();
    is_pending_ =
        !found.has_value() && found.error().code == ErrorCode::NotFound && unknown == UnknownNames::AwaitLibraries;
    return is_pending_ ? ok() : found;
  }

  /// Errors: those of the stepper and of the output.
  Result<void> run(const EndingWatcher& watcher) {
    std::string_view why = "stopped by a signal to tether";
    while (!watcher.is_ending()) {
      if (stepper_.upcoming().is_system_call()) TETHER_CHECK(output_.flush());
      const Stepper::Happening happening = TETHER_TRY(stepper_.step());
      if (std::holds_alternative<Stepper::Woken>(happening)) continue;
      TETHER_CHECK(output_.show(happening, stepper_.tid(), names_));
      has_ended_ = is_over(happening);
      note(happening);
      const auto reason = has_ended_ ? "the thread has ended" : reason_to_end();
      if (reason.empty()) continue;
      why = reason;
      break;
    }
    is_standing_ = !has_ended_ && !watcher.is_ending();
    return output_.conclude(executed_, why, is_standing_ ? &stepper_.upcoming() : nullptr, names_);
  }

 private:
  Result<void> find_goal() {
    const auto& next = stepper_.upcoming();
    goal_ = StepGoal::at(TETHER_TRY(names_.resolve(*settings_.until, next.registers, next.abi)));
    return ok();
  }

  void note(const Stepper::Happening& happening) {
    if (std::holds_alternative<Stepper::HandlerEntered>(happening)) goal_.note_handler();
    const auto* done = std::get_if<Stepper::Executed>(&happening);
    if (done == nullptr) return;
    ++executed_;
    goal_.note_executed(done->instruction, arch::x86_64::instruction_pointer(done->after));
    const bool may_have_mapped = done->instruction && done->instruction->flow == disasm::Flow::SystemCall;
    if (is_pending_ && may_have_mapped) is_pending_ = !find_goal().has_value();
  }

  std::string_view reason_to_end() const {
    if (settings_.count && executed_ >= *settings_.count) return "as many as were asked for";
    const auto& next = stepper_.upcoming();
    const auto what = next.is_system_call() ? StepGoal::Next::SystemCall : StepGoal::Next::Other;
    return executed_ != 0 && goal_.is_reached(next.address, what) ? "there" : "";
  }

  const StepSettings& settings_;
  Stepper& stepper_;
  StepOutput& output_;
  ProcessNames names_;
  StepGoal goal_{StepGoal::Kind::Never};
  bool is_pending_ = false;
  bool has_ended_ = false;
  bool is_standing_ = false;
  std::uint64_t executed_ = 0;
};

Result<void> run_steps(const StepSettings& settings, Stepper& stepper, StepOutput& output, Pid pid,
                       StepRun::UnknownNames unknown, const EndingWatcher& watcher) {
  StepRun run(settings, stepper, output, pid);
  auto worked = run.prepare(unknown);
  if (worked.has_value()) worked = run.run(watcher);
  auto released = stepper.release();
  if (!worked.has_value()) return worked;
  return !released.has_value() && released.error().code != ErrorCode::TraceeGone ? std::move(released) : ok();
}

/// Starts the command, and stands at its exec.
Result<std::pair<Pid, AnyStop>> launch_command(Tracer& tracer, const std::vector<char*>& argv) {
  const LaunchOptions options{.argv = {argv.begin(), argv.end()}};
  const Command command = TETHER_TRY(resolve_command(options));
  const LaunchedChild child = TETHER_TRY(tracer.launch(command, options, {.follow = false}, {}));
  for (;;) {
    auto what = TETHER_TRY(tracer.next());
    if (std::holds_alternative<Tracer::Ended>(what) || std::holds_alternative<Tracer::NothingLeft>(what))
      return fail(find_launch_failure(child).value_or(
          Error{.code = ErrorCode::TraceeGone, .message = "the command ended before it was executed", .hint = {}}));
    auto* stop = std::get_if<AnyStop>(&what);
    if (stop == nullptr) continue;
    if (std::holds_alternative<ExecStop>(*stop)) return std::pair(child.pid, std::move(*stop));
    TETHER_CHECK(go_on(std::move(*stop), Until::NextEvent));
  }
}

/// The command's end; `ended` is what the stepper has reaped, if it has.
int await_end(Pid pid, int otherwise) {
  int status = otherwise;
  while (::waitpid(pid.value, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? die_of(Signal(WTERMSIG(status))) : WEXITSTATUS(status);
}

}  // namespace

int step_process(const StepSettings& settings, const Target& target, Front& front) {
  ::signal(SIGPIPE, SIG_IGN);  // a death by it would leave the thread with its trap flag set
  auto output = StepOutput::open(settings.output);
  if (!output.has_value()) return complain(output.error());
  const EndingWatcher watcher(front);
  auto stepper = Stepper::seize({.pid = target.pid, .tid = target.task()}, settings.step);
  if (!stepper.has_value()) return complain_of_target(stepper.error());
  const auto worked = run_steps(settings, **stepper, *output, target.pid, StepRun::UnknownNames::Refuse, watcher);
  return worked.has_value() ? 0 : complain(worked.error());
}

int step_command(const StepSettings& settings, const std::vector<char*>& argv, Front& front) {
  ::signal(SIGPIPE, SIG_IGN);
  auto output = StepOutput::open(settings.output);
  if (!output.has_value()) return complain(output.error());
  Tracer tracer;
  auto launched = launch_command(tracer, argv);
  if (!launched.has_value()) return complain_of_launch(launched.error());
  const Pid pid = launched->first;
  int status = 0;
  {
    const EndingWatcher watcher(front);
    auto stepper = Stepper::take({.pid = pid, .tid = leader_of(pid)}, std::move(launched->second), settings.step);
    const auto worked = stepper.has_value() ? run_steps(settings, **stepper, *output, pid,
                                                        StepRun::UnknownNames::AwaitLibraries, watcher)
                                            : Result<void>(fail(stepper.error()));
    if (!worked.has_value()) {
      ::kill(pid.value, SIGKILL);
      const int failure = complain(worked.error());
      while (::waitpid(pid.value, nullptr, 0) < 0 && errno == EINTR) {
      }
      return failure;
    }
    status = (*stepper)->end_status().value_or(0);
  }
  return await_end(pid, status);
}

}  // namespace tether::cli
