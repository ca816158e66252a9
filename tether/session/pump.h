#pragma once
// Pump: takes raw records in order, pairs entries with exits, decodes, and feeds the sink.
//
// An entry is kept until it is known how it will be told. If its exit is the next thing that is shown, the sink hears
// one whole call. If something else is to be shown first, or nothing comes for a while (idle()), the sink hears Enter
// now and Exit later. So the common case decodes and prints each call once.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "tether/base/result.h"
#include "tether/decode/decoder.h"
#include "tether/event/arena.h"
#include "tether/event/selection.h"
#include "tether/sink/sink.h"

namespace tether {

/// What to show of what was recorded: signals and stops of `signals`, calls that all the others let pass. Empty lists
/// let all pass.
struct EventFilter {
  SignalSelection signals;
  SyscallSelection calls =
      SyscallSelection::all();     ///< those made within socketcall(2) and ipc(2) by their own numbers
  std::vector<std::string> paths;  ///< a file name given, or a descriptor's path, equal to one of these
  std::optional<FdSelection> fds;  ///< a descriptor argument that is one of these
  bool is_by_touch() const { return !paths.empty() || fds.has_value(); }
};

/// The signal that a record tells of, of its delivery or of a stop; absent in all other records.
std::optional<Signal> find_signal(RawEventView record);

class Pump {
 public:
  /// `sink` must outlive the pump.
  Pump(const decode::DecodeOptions& options, EventFilter filter, Sink& sink);

  /// One record, in the engine's order. Errors: the sink's.
  Result<void> accept(std::span<const std::byte> record);

  /// Nothing is waiting: shows the entry that was kept back, and flushes the sink.
  Result<void> idle();

  /// The end of the stream: calls that are still open are shown as never having returned, then the sink is flushed.
  Result<void> finish();

  /// Calls, signals, stops and ends that the sink has heard of so far.
  std::uint64_t events() const { return events_; }

 private:
  struct OpenCall {
    std::vector<std::byte> entry;
    bool is_open = false;
    bool is_shown = false;  ///< the sink has heard Enter
    std::size_t args_shown = 0;
  };

  Result<void> on_entry(RawEventView record);
  Result<void> on_exit(RawEventView record);
  Result<void> on_superseded(RawEventView record);
  Result<void> show_kept();
  Result<void> end_lost_call(Tid tid);
  Result<void> send(const Event& event);
  bool is_call_filtered_out(RawEventView entry);
  bool is_signal_filtered_out(RawEventView record) const;

  decode::Decoder decoder_;
  EventFilter filter_;
  Sink& sink_;
  const bool selects_calls_;
  const bool whole_only_;
  Arena arena_;
  std::unordered_map<Tid, OpenCall> calls_;
  Tid kept_;  ///< whose entry is the newest record and not yet shown; 0: none
  std::uint64_t events_ = 0;
};

}  // namespace tether
