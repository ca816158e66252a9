#include "tether/cli/launched_target.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>
#include <variant>

#include "tether/cli/exit_status.h"
#include "tether/cli/messages.h"
#include "tether/tracee/command.h"
#include "tether/tracee/tracer.h"

namespace tether::cli {

namespace {

/// Runs the command up to its exec and leaves it in a group-stop there.
Result<void> stop_at_exec(Tracer& tracer, const LaunchedChild& child) {
  for (;;) {
    auto what = TETHER_TRY(tracer.next());
    if (std::holds_alternative<Tracer::Ended>(what) || std::holds_alternative<Tracer::NothingLeft>(what))
      return fail(find_launch_failure(child).value_or(
          Error{.code = ErrorCode::TraceeGone, .message = "the command ended before it was executed", .hint = {}}));
    auto* stop = std::get_if<AnyStop>(&what);
    if (stop == nullptr) continue;
    if (std::holds_alternative<ExecStop>(*stop)) ::kill(child.pid.value, SIGSTOP);
    if (auto* signalled = std::get_if<SignalDeliveryStop>(stop);
        signalled != nullptr && signalled->signal() == Signal(SIGSTOP))
      return std::move(*signalled).detach();
    TETHER_CHECK(go_on(std::move(*stop), Until::NextEvent));
  }
}

}  // namespace

Result<LaunchedTarget> launch_stopped(const std::vector<char*>& argv) {
  const LaunchOptions options{.argv = {argv.begin(), argv.end()}, .admitted_tracer = Pid(::getpid())};
  const Command command = TETHER_TRY(resolve_command(options));
  Tracer tracer;
  const LaunchedChild child = TETHER_TRY(tracer.launch(command, options, {.follow = false}, {}));
  TETHER_CHECK(stop_at_exec(tracer, child));
  siginfo_t info;
  while (::waitid(P_PID, static_cast<id_t>(child.pid.value), &info, WSTOPPED | WEXITED | WNOWAIT) != 0 &&
         errno == EINTR) {
  }
  return LaunchedTarget{.pid = child.pid};
}

int complain_of_launch(const Error& error) {
  say(error);
  return status_of_launch_failure(error);
}

int finish(const LaunchedTarget& launched, int status) {
  if (status != 0) {
    ::kill(launched.pid.value, SIGKILL);
    while (::waitpid(launched.pid.value, nullptr, 0) < 0 && errno == EINTR) {
    }
    return status;
  }
  // The terminal's signals are for the command, as in system(3).
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGQUIT, SIG_IGN);
  ::kill(launched.pid.value, SIGCONT);
  int wait_status = 0;
  while (::waitpid(launched.pid.value, &wait_status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(wait_status) ? die_of(Signal(WTERMSIG(wait_status))) : WEXITSTATUS(wait_status);
}

}  // namespace tether::cli
