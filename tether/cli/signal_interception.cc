#include "tether/cli/signal_interception.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "tether/cli/change_options.h"
#include "tether/cli/messages.h"
#include "tether/cli/signal_text.h"
#include "tether/cli/time_text.h"
#include "tether/control/signals.h"
#include "tether/procfs/status.h"
#include "tether/procfs/task.h"
#include "tether/sink/text/string_text.h"

namespace tether::cli {

namespace {

bool contains(const std::vector<Signal>& signals, Signal signal) {
  return std::ranges::find(signals, signal) != signals.end();
}

std::string named_task(std::int32_t id) {
  std::string text = std::to_string(id);
  const std::string name = procfs::read_comm(Tid(id));
  if (name.empty()) return text;
  text += " (";
  append_printable(text, name);
  return text + ")";
}

/// What the process will do about it.
std::string_view disposition_of(Tid tid, Signal signal) {
  const auto status = procfs::read_status(tid);
  if (!status.has_value()) return "delivered";
  if ((status->signals_caught & bit_of(signal)) != 0) return "handled";
  if ((status->signals_ignored & bit_of(signal)) != 0) return "ignored";
  return "default action";
}

class Interceptor {
 public:
  Interceptor(const SignalRules& rules, SignalLines lines) : rules_(rules), lines_(lines) {}

  SignalWatch::Verdict judge(const SignalWatch::Seen& seen) {
    SignalWatch::Verdict verdict{.deliver = seen.signal, .info = {}};
    if (rules_.launched && is_own_continue(seen)) return verdict;
    std::string what;
    if (contains(rules_.dropped, seen.signal)) {
      if (rules_.faults == SignalRules::Faults::DropToo || !is_fault(seen.signal, seen.info)) {
        verdict.deliver = Signal();
        what = "dropped";
      } else {
        warn_of_fault(seen.signal);
      }
    }
    if (seen.signal == rules_.replaced) {
      verdict.deliver = rules_.replacement;
      what = "replaced by " + signal_text(rules_.replacement);
    }
    if (seen.signal == rules_.edited) {
      SigInfoBytes info = seen.info;
      for (const std::string& edit : rules_.edits)
        [[maybe_unused]] const auto edited = edit_siginfo(info, edit);  // they were tried before
      verdict.info = info;
      what = "changed to " + siginfo_text(info);
    }
    if (!what.empty()) ++changed_;
    show(seen, verdict, what);
    return verdict;
  }

  void tell_end(Pid pid, std::variant<int, Signal> how) {
    const bool is_exit = std::holds_alternative<int>(how);
    if (lines_ == SignalLines::Json) {
      Json line = {{"schema", 1}, {"time", full_time()}, {"pid", pid.value}};
      if (is_exit)
        line["exited"] = std::get<int>(how);
      else
        line["killed"] = signal_text(std::get<Signal>(how));
      put(json_line(line));
    } else if (lines_ == SignalLines::Text) {
      put(time_of_day() + " " + std::to_string(pid.value) + " " +
          (is_exit ? "exited with " + std::to_string(std::get<int>(how))
                   : "killed by " + signal_text(std::get<Signal>(how))) +
          "\n");
    }
  }

  std::uint64_t changed() const { return changed_; }
  /// Why its lines cannot be written.
  const std::optional<Error>& error() const { return error_; }

 private:
  /// What lets a launched command begin.
  bool is_own_continue(const SignalWatch::Seen& seen) const {
    return seen.pid == *rules_.launched && seen.signal.value == SIGCONT && find_sender(seen.info) == Pid(::getpid());
  }

  void warn_of_fault(Signal signal) {
    if (is_warned_) return;
    is_warned_ = true;
    say({.code = ErrorCode::Unsupported,
         .message = signal_text(signal) + " came from a fault of the program's own: it is delivered, since the "
                                          "instruction would only fault again",
         .hint = "--force drops it, and the program spins in the fault"});
  }

  void put(const std::string& line) {
    if (auto written = put_text(line); !written.has_value()) error_ = std::move(written).error();
  }

  void show(const SignalWatch::Seen& seen, const SignalWatch::Verdict& verdict, const std::string& what) {
    if (lines_ == SignalLines::None) return;
    if (!rules_.shown.empty() && !contains(rules_.shown, seen.signal)) return;
    const std::string_view disposition =
        verdict.deliver == Signal() ? std::string_view() : disposition_of(seen.tid, verdict.deliver);
    put(lines_ == SignalLines::Json ? json_of(seen, what, disposition) : text_line(seen, what, disposition));
  }

  static std::string text_line(const SignalWatch::Seen& seen, const std::string& what, std::string_view disposition) {
    std::string line = time_of_day() + " " + named_task(seen.tid.value) + " " + signal_text(seen.signal);
    if (const auto sender = find_sender(seen.info)) line += " from " + named_task(sender->value);
    line += " " + siginfo_text(seen.info) + ": " + what;
    if (!what.empty() && !disposition.empty()) line += ", ";
    return line + std::string(disposition) + "\n";
  }

  /// Its name only as long as there is a process of that id.
  static Json sender_json(Pid sender) {
    Json object = {{"pid", sender.value}};
    const std::string name = procfs::read_comm(leader_of(sender));
    if (!name.empty()) object["command"] = name;
    return object;
  }

  static std::string json_of(const SignalWatch::Seen& seen, const std::string& what, std::string_view disposition) {
    Json line = {{"schema", 1},
                 {"time", full_time()},
                 {"pid", seen.pid.value},
                 {"tid", seen.tid.value},
                 {"command", procfs::read_comm(seen.tid)},
                 {"signal", signal_text(seen.signal)},
                 {"siginfo", siginfo_json(seen.info)}};
    if (const auto sender = find_sender(seen.info)) line["sender"] = sender_json(*sender);
    if (!what.empty()) line["intercepted"] = what;
    if (!disposition.empty()) line["disposition"] = disposition;
    return json_line(line);
  }

  const SignalRules& rules_;
  SignalLines lines_;
  std::uint64_t changed_ = 0;
  bool is_warned_ = false;
  std::optional<Error> error_;
};

/// Hears the front's end on a thread of its own, since the watch waits for its tracees.
class Ending {
 public:
  Ending(Front& front, SignalWatch& watch)
      : thread_([this, &front, &watch] {
          constexpr std::chrono::milliseconds kLook{100};
          while (!is_over_.load())
            if (front.await_ending(kLook)) return watch.request_stop();
        }) {}
  ~Ending() {
    is_over_.store(true);
    thread_.join();
  }
  Ending(const Ending&) = delete;
  Ending& operator=(const Ending&) = delete;

 private:
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

}  // namespace

Result<std::uint64_t> intercept_signals(const std::vector<Pid>& processes, const SignalWatchOptions& options,
                                        const SignalRules& rules, SignalLines lines, Front& front) {
  const auto watch = TETHER_TRY(SignalWatch::attach(processes, options));
  for (const Error& refusal : watch->refusals()) say(refusal);
  Interceptor interceptor(rules, lines);
  if (rules.launched) TETHER_CHECK(send_signal(*rules.launched, {}, Signal(SIGCONT)));
  Ending ending(front, *watch);
  const auto judge = [&](const SignalWatch::Seen& seen) {
    const SignalWatch::Verdict verdict = interceptor.judge(seen);
    if (interceptor.error()) watch->request_stop();
    return verdict;
  };
  TETHER_CHECK(watch->run({.on_signal = judge, .on_end = [&](Pid pid, auto how) { interceptor.tell_end(pid, how); }}));
  if (interceptor.error()) return fail(*interceptor.error());
  return interceptor.changed();
}

}  // namespace tether::cli
