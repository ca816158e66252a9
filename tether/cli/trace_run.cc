#include "tether/cli/trace_run.h"

#include <signal.h>

#include <optional>
#include <utility>

#include "tether/cli/command_sink.h"
#include "tether/cli/exit_status.h"
#include "tether/cli/interrupts.h"
#include "tether/cli/messages.h"
#include "tether/cli/trace_output.h"
#include "tether/procfs/mount_options.h"
#include "tether/session/session.h"
#include "tether/tracee/command.h"
#include "tether/tracee/launch.h"

namespace tether::cli {

namespace {

constexpr int kNothingAttached = 1;

std::string count_of(std::uint64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

int report_open_failure(const Error& error, bool launches) {
  say(error);
  return launches ? status_of_launch_failure(error) : kNothingAttached;
}

int status_of(const SessionOutcome& outcome, bool launches) {
  switch (outcome.end) {
    case SessionOutcome::End::Exited:
      return outcome.status;
    case SessionOutcome::End::Killed:
      return die_of(outcome.signal);
    case SessionOutcome::End::Released:
      break;
  }
  return launches ? kFailed : 0;
}

void tell_interruption(const SessionOutcome& outcome, bool launches) {
  say("stopped tracing; " + count_of(outcome.events, "event") + " shown, " + count_of(outcome.syscalls, "system call") +
      " ended");
  if (launches && outcome.end == SessionOutcome::End::Killed && outcome.signal == Signal(SIGKILL))
    say("the command was killed: it was bound to tether by a seccomp filter, which --no-seccomp does without");
}

/// What descriptors refer to, and what processes are called, stands in /proc.
void warn_without_proc(const SessionOptions& options) {
  const bool asks = options.fd_paths == Choice::Yes || options.fd_details == Choice::Yes ||
                    options.command_names == Choice::Yes || !options.paths.empty();
  if (!asks) return;
  if (auto mounted = procfs::check_mounted(); !mounted.has_value())
    say(std::move(mounted).error().with_context("-y, -Y and -P do not work"));
}

/// Runs an open session. Everything but the exit status has been said when it returns.
int run_session(Session& session, const TracePlan& plan, const SignalSelection& shown, Interrupts& interrupts,
                TraceOutput& output) {
  using JobControl = CommandSink::JobControl;
  const bool launches = session.launched().has_value();
  std::optional<CommandSink> command;
  if (launches)
    command.emplace(output.sink(), *session.launched(), shown,
                    plan.interruptible == Interruptible::NeverNorStopped ? JobControl::No : JobControl::Yes);
  interrupts.serve({.stop = [&] { session.request_stop(); },
                    .command =
                        [&] {
                          const bool is_ours = command && !command->command_has_ended() && plan.session.attach.empty();
                          return is_ours ? session.launched() : std::nullopt;
                        },
                    .stop_with_command =
                        [&] {
                          const bool may_stop = plan.interruptible != Interruptible::NeverNorStopped;
                          if (may_stop && command && command->command_is_stopped()) stop_as_the_terminal_would();
                        }});
  auto outcome = session.run(command ? static_cast<Sink&>(*command) : output.sink());
  interrupts.finish();
  const auto closed = output.close();
  if (!outcome.has_value()) {
    const int status = launches ? status_of_launch_failure(outcome.error()) : kFailed;
    say(std::move(outcome).error().with_hint(launches ? "" : "the processes were let go and run on"));
    return status;
  }
  if (interrupts.has_stopped() && !plan.is_quiet) tell_interruption(*outcome, launches);
  if (command && command->error()) return kFailed;
  if (!closed.has_value()) return complain(closed.error());
  return status_of(*outcome, launches);
}

}  // namespace

int run_plan(TracePlan plan) {
  const bool launches = plan.session.launch.has_value();
  if (launches) {
    // A command that cannot be run must not cost the user the file that is there.
    const auto command = resolve_command(*plan.session.launch);
    if (!command.has_value()) return report_open_failure(command.error(), launches);
    if (plan.tracer_group) {
      const auto waiting = become_traced_command(*command, *plan.tracer_group);
      if (!waiting.has_value()) return complain(waiting.error());
      plan.session.launch->waiting = *waiting;
    }
  }
  const bool follows_stops = launches || plan.interruptible == Interruptible::NeverNorStopped;
  Interrupts interrupts(plan.interruptible, follows_stops ? Interrupts::Stops::Blocked : Interrupts::Stops::Default);
  auto output = TraceOutput::open(plan);
  if (!output.has_value()) return complain(output.error());
  const SignalSelection shown = plan.session.signals;
  plan.session.recorded_signals = shown;
  if (launches) plan.session.signals.bits |= CommandSink::kObservedSignals;
  auto session = Session::open(plan.session);
  if (!session.has_value()) return report_open_failure(session.error(), launches);
  for (const Error& error : session->attach_errors()) say(error);
  warn_without_proc(plan.session);
  return run_session(*session, plan, shown, interrupts, **output);
}

int run_recording(const std::string& recording, TracePlan plan) {
  ::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error to be told
  auto output = TraceOutput::open(plan);
  if (!output.has_value()) return complain(output.error());
  const auto outcome = replay(recording, plan.session, (*output)->sink());
  const auto closed = (*output)->close();
  if (!outcome.has_value()) return complain(outcome.error());
  return closed.has_value() ? 0 : complain(closed.error());
}

}  // namespace tether::cli
