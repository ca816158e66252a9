#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "tether/cli/change_options.h"
#include "tether/cli/exit_status.h"
#include "tether/cli/messages.h"
#include "tether/cli/target_call.h"
#include "tether/cli/terminal.h"
#include "tether/cli/terminal_relay.h"
#include "tether/control/controlling_terminal.h"
#include "tether/control/terminal_move.h"
#include "tether/procfs/process_list.h"
#include "tether/procfs/stat.h"
#include "tether/sys/pidfd.h"

namespace tether::cli {

namespace {

constexpr std::string_view kTtyUsage =
    "usage: tether tty [OPTIONS] PID\n\n"
    "Moves a program from its terminal to this one: what it reads is typed here, what it writes is shown here, Ctrl-C "
    "here interrupts it. Its children come along with what they read and write. Ctrl-] gives it back to its old "
    "terminal, and so does anything else that ends tether.\n\nOptions:\n";

struct TtySettings {
  ChangeSettings change;
  bool keeps_session = false;
};

std::vector<Option<TtySettings>> tty_options() {
  return with_change_options<TtySettings>({
      {{0, "keep-session", OptionShape::Takes::Nothing, "",
        "leave the process in its session: it can be given back whole, but Ctrl-C does not reach it"},
       [](TtySettings& s, Argument) {
         s.keeps_session = true;
         return ok();
       }},
  });
}

/// One move of a program, with all that has to be taken back at its end.
class Move {
 public:
  Move(Pid pid, const TtySettings& settings) : pid_(pid), settings_(settings) {}

  Result<void> run(Front& front) {
    const TerminalUse use = TETHER_TRY(find_terminal_use(pid_));
    PseudoTerminal pair = TETHER_TRY(open_pseudo_terminal());
    copy_modes(use.terminal.get(), pair.slave.get());
    TETHER_CHECK(move_family(use, pair.slave.get()));
    if (settings_.change.is_dry_run) return report();
    if (!settings_.keeps_session) take_session(pair.slave.get());
    TETHER_CHECK(report());
    wake();
    pair.slave.reset();
    const auto end = relay_terminal(pair.master.get(), front);
    give_back(pair.master.get());
    if (!end.has_value()) return fail(end.error());
    return ok();
  }

 private:
  void note(std::string_view text) const {
    if (!settings_.change.is_quiet) say(text);
  }

  /// The modes that the program has set, or those of our terminal if its own has ended.
  static void copy_modes(int from, int to) {
    termios modes;
    if (::tcgetattr(from, &modes) == 0 || ::tcgetattr(STDIN_FILENO, &modes) == 0) ::tcsetattr(to, TCSANOW, &modes);
  }

  /// The process must come; its descendants may.
  Result<void> move_family(const TerminalUse& use, int slave) {
    ChangePolicy policy = change_policy(settings_.change);
    policy.lasting = Lasting::UntilExit;
    for (const Pid pid : TETHER_TRY(procfs::read_descendants(pid_))) {
      const auto descriptors = pid == pid_ ? use.descriptors : find_descriptors_on(pid, use.device);
      if (descriptors.empty()) continue;
      auto changes = Changes::open(pid, policy);
      auto moved = changes.has_value() ? Result<void>() : Result<void>(fail(changes.error()));
      if (moved.has_value()) {
        if (pid == pid_) TETHER_CHECK(allow_session(*changes));
        moved_.push_back(std::move(*changes));
        moved = move_to_terminal(moved_.back(), descriptors, slave);
      }
      if (!moved.has_value() && pid == pid_) {
        take_back();
        return moved;
      }
      if (!moved.has_value()) say(Error(moved.error()).with_context("its child stays where it is"));
    }
    return ok();
  }

  /// Leading a session is for ever: who has another leader now cannot go back to him.
  Result<void> allow_session(const Changes& changes) {
    const auto stat = TETHER_TRY(procfs::read_stat(pid_));
    led_session_ = stat.session == pid_.value;
    if (settings_.keeps_session || led_session_) return ok();
    auto allowed = changes.allow_irrevocable("process " + std::to_string(pid_.value) +
                                             " would leave the session of its shell to lead one of its own");
    if (allowed.has_value()) return ok();
    Error error = std::move(allowed).error();
    error.hint += "; --keep-session leaves it there, and Ctrl-C does not reach it then";
    return fail(std::move(error));
  }

  /// Without it the program works here, but for Ctrl-C and the like.
  void take_session(int slave) {
    const Deed deed{.what =
                        "process " + std::to_string(pid_.value) +
                        (led_session_ ? ": its session's controlling terminal is another"
                                      : ": leads a session of its own now, and cannot go back into that of its shell")};
    const auto taken = moved_.front().make(
        deed, [&] { return take_controlling_terminal(pid_, moved_.front().remote_calls(), slave); });
    has_session_ = taken.has_value();
    if (!has_session_) say(Error(taken.error()).with_context("Ctrl-C here does not reach it"));
  }

  Result<void> report() const {
    for (const Changes& changes : moved_)
      for (const Change& change : changes.made())
        note((moved_.size() > 1 ? std::to_string(changes.pid().value) + ": " : "") + describe(change));
    if (moved_.size() > 1 && has_session_) note("Ctrl-C here reaches its children only through it");
    note(settings_.change.is_dry_run ? "not done: --dry-run" : "Ctrl-] gives it back");
    return ok();
  }

  /// A program that was suspended goes on, and one that draws draws itself anew.
  void wake() const {
    const auto process = sys::open_pidfd(pid_);
    if (!process.has_value()) return;
    for (const int signal : {SIGCONT, SIGWINCH})
      [[maybe_unused]] const auto sent = sys::send_signal(*process, Signal(signal));
  }

  void take_back() {
    for (auto changes = moved_.rbegin(); changes != moved_.rend(); ++changes)
      for (const Error& failure : changes->take_back())
        if (failure.code != ErrorCode::Unsupported) say(Error(failure).with_context("not given back"));
  }

  /// The pseudoterminal ends with us: whoever still had it as its controlling terminal would be hung up.
  void give_back(int master) {
    const UniqueFd slave(::ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (has_session_ && slave.is_open()) {
      const auto left = leave_controlling_terminal(pid_, moved_.front().remote_calls(), slave.get());
      if (!left.has_value() && left.error().code != ErrorCode::TraceeGone && is_alive())
        say(Error(left.error()).with_context("it may be hung up"));
    }
    take_back();
    if (!is_alive()) return note("process " + std::to_string(pid_.value) + " has ended");
    const auto use = find_terminal_use(pid_);
    if (led_session_ && has_session_ && use.has_value()) [[maybe_unused]]
      const auto taken = take_controlling_terminal(pid_, moved_.front().remote_calls(), use->terminal.get());
    note("process " + std::to_string(pid_.value) + " has its old terminal again");
  }

  bool is_alive() const {
    const auto stat = procfs::read_stat(pid_);
    return stat.has_value() && stat->state != 'Z';
  }

  Pid pid_;
  TtySettings settings_;
  std::vector<Changes> moved_;  ///< the process's own first
  bool has_session_ = false;
  bool led_session_ = false;
};

}  // namespace

int run_tty(const Invocation& invocation) {
  const auto call = read_target_call<TtySettings>(invocation, kTtyUsage, tty_options());
  if (!call.has_value()) return call.error();
  const TtySettings& settings = call->settings;
  if (!call->rest.empty())
    return complain(
        {.code = ErrorCode::Malformed, .message = "tty takes one process", .hint = "see `tether help tty`"});
  if (!is_terminal(STDIN_FILENO) || !is_terminal(STDOUT_FILENO))
    return complain({.code = ErrorCode::Unsupported,
                     .message = "standard input and output are no terminal that a program could be moved to",
                     .hint = "`tether fd redirect` moves what it reads and writes elsewhere"});
  // The guardian shares our terminal, of which it sets the modes.
  const auto end = run_guarded(Isolation::SameTerminal, [&](Front& front) {
    const auto moved = Move(call->target.pid, settings).run(front);
    return moved.has_value() ? 0 : complain(moved.error());
  });
  if (!end.has_value()) return complain(end.error());
  return end->was_killed ? die_of(Signal(end->status)) : end->status;
}

}  // namespace tether::cli
