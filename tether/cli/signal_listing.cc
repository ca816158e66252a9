#include "tether/cli/signal_listing.h"

#include <signal.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "tether/cli/signal_text.h"
#include "tether/control/remote_functions.h"
#include "tether/control/signals.h"
#include "tether/procfs/task.h"
#include "tether/sink/text/string_text.h"
#include "tether/symbol/symbolizer.h"

namespace tether::cli {

namespace {

constexpr sys::SignalMask kUnblockable = bit_of(Signal(SIGKILL)) | bit_of(Signal(SIGSTOP));

/// "SIGINT SIGTERM", "all but SIGINT", "all", "none".
std::string names_of(sys::SignalMask mask) {
  constexpr int kMany = 32;
  std::string text;
  if (std::popcount(mask) > kMany) {
    for (const Signal signal : signals_of(~mask & ~kUnblockable))
      text += (text.empty() ? "all but " : " ") + signal_text(signal);
    return text.empty() ? "all" : text;
  }
  for (const Signal signal : signals_of(mask)) text += (text.empty() ? "" : " ") + signal_text(signal);
  return text.empty() ? "none" : text;
}

Json names_json(sys::SignalMask mask) {
  Json names = Json::array();
  for (const Signal signal : signals_of(mask)) names.push_back(signal_text(signal));
  return names;
}

Signal signal_of(const SigInfoBytes& info) {
  Signal signal;
  std::memcpy(&signal.value, info.data(), sizeof signal.value);
  return signal;
}

/// A line for each siginfo that waits, and one for the signals that have none.
std::string pending_text(const PendingSignals& pending, std::string_view indent) {
  if (pending.mask == 0) return std::string(indent) + "pending  none\n";
  std::string text;
  sys::SignalMask unseen = pending.mask;
  for (const SigInfoBytes& info : pending.infos) {
    text += std::string(indent) + "pending  " + signal_text(signal_of(info)) + " " + siginfo_text(info) + "\n";
    unseen &= ~bit_of(signal_of(info));
  }
  if (unseen != 0) text += std::string(indent) + "pending  " + names_of(unseen) + "\n";
  return text;
}

Json pending_json(const PendingSignals& pending) {
  Json infos = Json::array();
  for (const SigInfoBytes& info : pending.infos) infos.push_back(siginfo_json(info));
  return {{"signals", names_json(pending.mask)}, {"siginfos", infos}};
}

struct FlagName {
  std::uint64_t bit;
  std::string_view name;
};
constexpr FlagName kFlags[] = {
    {SA_NOCLDSTOP, "SA_NOCLDSTOP"},
    {SA_NOCLDWAIT, "SA_NOCLDWAIT"},
    {SA_SIGINFO, "SA_SIGINFO"},
    {SA_ONSTACK, "SA_ONSTACK"},
    {SA_RESTART, "SA_RESTART"},
    {SA_NODEFER, "SA_NODEFER"},
    {static_cast<std::uint32_t>(SA_RESETHAND), "SA_RESETHAND"},
};

std::vector<std::string_view> flag_names(std::uint64_t flags) {
  std::vector<std::string_view> names;
  for (const FlagName& flag : kFlags)
    if ((flags & flag.bit) != 0) names.push_back(flag.name);
  return names;
}

/// The handlers of a process, named.
class Handlers {
 public:
  static Result<Handlers> read(Pid pid, sys::SignalMask caught) {
    Handlers handlers(TETHER_TRY(open_symbolizer(pid)));
    handlers.actions_ = TETHER_TRY(read_signal_actions(pid, caught, {}));
    return handlers;
  }

  std::string text() {
    std::string text;
    for (const SignalAction& action : actions_) {
      std::string name = signal_text(action.signal);
      name.resize(std::max(name.size(), std::size_t{9}), ' ');
      text += "  handler  " + name + " " + place(action);
      for (const std::string_view flag : flag_names(action.flags)) text += " " + std::string(flag);
      if (action.mask != 0) text += ", blocking " + names_of(action.mask);
      text += "\n";
    }
    return text;
  }

  Json to_json() {
    Json all = Json::array();
    for (const SignalAction& action : actions_)
      all.push_back({{"signal", signal_text(action.signal)},
                     {"handler", place(action)},
                     {"address", address_of(action)},
                     {"flags", flag_names(action.flags)},
                     {"mask", names_json(action.mask)}});
    return all;
  }

 private:
  explicit Handlers(symbol::Symbolizer symbolizer) : symbolizer_(std::move(symbolizer)) {}

  std::string place(const SignalAction& action) {
    std::string text;
    append_printable(text, symbolizer_.locate(action.handler, symbol::Symbolizer::Detail::Symbol).text());
    return text;
  }
  static std::string address_of(const SignalAction& action) {
    symbol::Location bare;
    bare.address = action.handler;
    return bare.text();
  }

  symbol::Symbolizer symbolizer_;
  std::vector<SignalAction> actions_;
};

std::string refusal_text(const ProcessSignals& signals) {
  if (!signals.refusal) return {};
  std::string text = "  (what the pending signals carry could not be read: ";
  append_printable(text, signals.refusal->message);
  return text + ")\n";
}

std::string text_of(const ProcessSignals& signals, Handlers* handlers) {
  std::string text = "process " + std::to_string(signals.pid.value) + " (";
  append_printable(text, procfs::read_comm(leader_of(signals.pid)));
  text += ")\n  ignored  " + names_of(signals.ignored) + "\n  caught   " + names_of(signals.caught) + "\n";
  text += pending_text(signals.pending, "  ");
  if (handlers != nullptr) text += handlers->text();
  for (const ThreadSignals& thread : signals.threads) {
    text += "thread " + std::to_string(thread.tid.value) + " (";
    append_printable(text, thread.name);
    text += ")\n  blocked  " + names_of(thread.blocked) + "\n" + pending_text(thread.pending, "  ");
  }
  return text + refusal_text(signals);
}

std::string json_of(const ProcessSignals& signals, Handlers* handlers) {
  Json threads = Json::array();
  for (const ThreadSignals& thread : signals.threads)
    threads.push_back({{"tid", thread.tid.value},
                       {"command", thread.name},
                       {"blocked", names_json(thread.blocked)},
                       {"pending", pending_json(thread.pending)}});
  Json line = {{"schema", 1},
               {"pid", signals.pid.value},
               {"command", procfs::read_comm(leader_of(signals.pid))},
               {"ignored", names_json(signals.ignored)},
               {"caught", names_json(signals.caught)},
               {"pending", pending_json(signals.pending)},
               {"threads", threads}};
  if (handlers != nullptr) line["handlers"] = handlers->to_json();
  if (signals.refusal) line["refusal"] = signals.refusal->message;
  return json_line(line);
}

}  // namespace

Result<std::string> list_signals(const Target& target, SignalHandlers wanted, SignalLines lines) {
  const ProcessSignals signals = TETHER_TRY(read_signals(target.pid, target.thread));
  std::optional<Handlers> handlers;
  if (wanted == SignalHandlers::Wanted) handlers = TETHER_TRY(Handlers::read(target.pid, signals.caught));
  Handlers* shown = handlers ? &*handlers : nullptr;
  return lines == SignalLines::Json ? json_of(signals, shown) : text_of(signals, shown);
}

}  // namespace tether::cli
