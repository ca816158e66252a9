#include "tether/cli/change_options.h"

#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "tether/base/signal_name.h"
#include "tether/cli/messages.h"
#include "tether/cli/target.h"
#include "tether/sink/text/string_text.h"
#include "tether/sys/pidfd.h"

namespace tether::cli {

namespace {

/// Takes everything back, the last process first. True if all of it could be.
bool take_back(std::vector<Changes>& all) {
  bool is_whole = true;
  for (auto changes = all.rbegin(); changes != all.rend(); ++changes)
    for (Error& failure : changes->take_back()) {
      say(std::move(failure).with_context("not taken back"));
      is_whole = false;
    }
  return is_whole;
}

std::string report_of(const std::vector<Changes>& all, const ChangeSettings& settings) {
  std::string text;
  for (const Changes& changes : all)
    for (const Change& change : changes.made()) {
      if (all.size() > 1) text += std::to_string(changes.pid().value) + ": ";
      append_printable(text, describe(change));
      text += "\n";
    }
  if (settings.is_dry_run) return text.empty() ? "nothing would be changed\n" : text + "(not done: --dry-run)\n";
  if (text.empty()) return "nothing was changed\n";
  return settings.until_exit ? text + "until tether ends (Ctrl-C)\n" : text;
}

/// Until tether is to end, or until all of the processes have.
void await_ending(Front& front, const std::vector<Pid>& pids) {
  std::vector<UniqueFd> processes;
  for (const Pid pid : pids)
    if (auto process = sys::open_pidfd(pid); process.has_value()) processes.push_back(std::move(*process));
  while (!processes.empty()) {
    std::vector<pollfd> entries{{.fd = front.descriptor(), .events = POLLIN, .revents = 0}};
    for (const UniqueFd& process : processes) entries.push_back({.fd = process.get(), .events = POLLIN, .revents = 0});
    if (::poll(entries.data(), entries.size(), -1) <= 0) continue;
    if (entries.front().revents != 0) return;
    std::erase_if(processes, [&](const UniqueFd& process) {
      return std::ranges::any_of(entries, [&](const pollfd& e) { return e.fd == process.get() && e.revents != 0; });
    });
  }
}

int change_in_guardian(const ChangeSettings& settings, const std::vector<Pid>& pids, const ChangeWork& work,
                       Front& front) {
  std::vector<Changes> all;
  for (const Pid pid : pids) {
    auto changes = Changes::open(pid, change_policy(settings));
    Result<void> worked;
    if (changes.has_value()) {
      all.push_back(std::move(*changes));
      worked = work(all.back(), front);
    } else {
      worked = fail(std::move(changes).error());
    }
    if (worked.has_value()) continue;
    take_back(all);
    return complain_of_change(pid, worked.error());
  }
  const bool is_said = settings.is_quiet || print_text(report_of(all, settings)) == 0;
  if (settings.until_exit && !settings.is_dry_run) {
    if (settings.is_launched) ::kill(pids.front().value, SIGCONT);
    await_ending(front, pids);
    if (!take_back(all)) return kFailed;
  }
  return is_said ? 0 : kFailed;
}

}  // namespace

ChangePolicy change_policy(const ChangeSettings& settings) {
  return {
      .lasting = settings.until_exit ? Lasting::UntilExit : Lasting::Yes,
      .mode = settings.is_dry_run ? ChangePolicy::Mode::DryRun : ChangePolicy::Mode::Make,
      .irrevocable = settings.is_forced ? ChangePolicy::Irrevocable::Make : ChangePolicy::Irrevocable::Refuse,
      .confined = settings.is_forced ? RemoteCallOptions::Confined::TryAnyway : RemoteCallOptions::Confined::Refuse};
}

RemoteCallOptions heeding(Front& front, RemoteCallOptions options) {
  using Wish = RemoteCallOptions::Wish;
  options.wish = [&front] {
    const unsigned requests = front.requests();
    return requests == 0 ? Wish::Wait : requests == 1 ? Wish::Leave : Wish::LeaveAtOnce;
  };
  options.stays = [](const std::string& place) {
    say("the function stands in " + place +
        ", where it may hold a lock that the process would miss for ever: it runs on until it is out of there");
    say("hint: Ctrl-C once more abandons it all the same");
  };
  return options;
}

int print_text(std::string_view text) {
  const auto put = put_text(text);
  return put.has_value() ? 0 : complain(put.error());
}

Result<void> put_text(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return ok();
  return fail(errno_error(errno, "standard output cannot be written"));
}

int status_of_guarded(const Result<GuardedEnd>& end, Pid pid) {
  if (!end.has_value()) return complain(end.error());
  if (!end->was_killed) return end->status;
  return complain({.code = ErrorCode::Io,
                   .message = "the guardian, which makes the changes, was killed by " +
                              std::string(find_signal_name(Signal(end->status))),
                   .hint = "`tether undo " + std::to_string(pid.value) + "` takes back what it has left"});
}

int run_change(const ChangeSettings& settings, const std::vector<Pid>& pids, const ChangeWork& work) {
  return status_of_guarded(
      run_guarded(Isolation::OwnSession, [&](Front& front) { return change_in_guardian(settings, pids, work, front); }),
      pids.front());
}

}  // namespace tether::cli
