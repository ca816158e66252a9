#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "tether/base/unique_fd.h"
#include "tether/cli/exit_status.h"
#include "tether/cli/fd_change.h"
#include "tether/cli/messages.h"
#include "tether/cli/sub_verbs.h"
#include "tether/cli/target.h"
#include "tether/control/descriptor_tee.h"
#include "tether/sink/text/string_text.h"

namespace tether::cli {

namespace {

constexpr std::string_view kFdTeeUsage =
    "usage: tether fd tee [OPTIONS] PID FD FILE\n\n"
    "Copies what flows through a descriptor of a process to the end of FILE (- is standard output), while it goes on "
    "flowing to where it went: what is written to a pipe, a terminal, a file or a device; what is read from a pipe; "
    "both "
    "ways of a connection. Stays until the process ends or Ctrl-C; then the process has its own descriptor again, and "
    "nothing that was under way is lost.\n\nOptions:\n";

Result<UniqueFd> open_copy(const std::string& path) {
  UniqueFd file(path == "-" ? ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
                            : ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_CLOEXEC, 0666));
  if (!file.is_open()) return fail(errno_error(errno, "opening " + path));
  return file;
}

Result<void> tee(const FdWords& in, Front& front) {
  const Fd fd = TETHER_TRY(parse_fd(in.words[0]));
  const ChangeSettings& settings = in.settings.change;
  ChangePolicy policy = change_policy(settings);
  policy.lasting = Lasting::UntilExit;
  Changes changes = TETHER_TRY(Changes::open(in.pid, policy));
  UniqueFd file;
  if (!settings.is_dry_run) file = TETHER_TRY(open_copy(in.words[1]));
  ::signal(SIGPIPE, SIG_IGN);
  DescriptorTee tee = TETHER_TRY(DescriptorTee::begin(
      changes, fd,
      {.copy = file.get(), .files = settings.is_forced ? TeeChannel::Files::Any : TeeChannel::Files::OnlyAppended}));
  if (!settings.is_quiet) {
    for (const Change& change : changes.made()) say(describe(change));
    say(settings.is_dry_run ? "not done: --dry-run" : "copied to " + in.words[1] + " until tether ends (Ctrl-C)");
  }
  return settings.is_dry_run ? ok() : tee.run(front);
}

}  // namespace

int run_fd_tee(const Invocation& invocation) {
  FdSettings settings;
  const auto shapes = fd_options(FdOptions::Common);
  const auto words = read_words<FdSettings>(invocation.argc, invocation.argv, shapes, settings);
  if (!words.has_value()) return complain(words.error());
  if (settings.change.wants_help) return print_help(kFdTeeUsage, shapes);
  const auto taken = take_process(settings.change.name, words->words);
  if (!taken.has_value()) return complain_of_target(taken.error());
  if (taken->rest.size() != 2)
    return complain(
        {.code = ErrorCode::Malformed, .message = "the words are PID FD FILE", .hint = "--help tells what they mean"});
  const FdWords in{.pid = taken->target.pid, .words = {taken->rest.begin(), taken->rest.end()}, .settings = settings};
  const auto end = run_guarded(Isolation::OwnSession, [&](Front& front) {
    const auto teed = tee(in, front);
    return teed.has_value() ? 0 : complain_of_change(in.pid, teed.error());
  });
  if (!end.has_value()) return complain(end.error());
  return end->was_killed ? die_of(Signal(end->status)) : end->status;
}

}  // namespace tether::cli
