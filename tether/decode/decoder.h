#pragma once
// Decoder: turns what an engine captured into Events: arguments with names, flags, strings, structs.
//
// A decoder never sees a process: all that it knows is in the records, so it works the same behind a live tracee, on a
// recording, and in a test.
//
//   Decoder decoder({.string_limit = 64});
//   Event event = decoder.whole(RawEventView(entry_bytes), RawEventView(exit_bytes), arena);
//   sink.accept(event);
//   arena.clear();
//
// Lifetime: an Event refers to the arena, to the records' bytes (strings are not copied) and to the tables. All of them
// must outlive it.

#include <memory>

#include "tether/decode/names.h"
#include "tether/decode/options.h"
#include "tether/event/arena.h"
#include "tether/event/event.h"
#include "tether/event/raw_event.h"

namespace tether::decode {

/// Not thread-safe; a thread that decodes has its own. `options` must be those of the Capturer that made the records.
class Decoder {
 public:
  explicit Decoder(const DecodeOptions& options = {}, TableSet tables = built_in_tables());
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;
  ~Decoder();

  /// Phase::Enter: the arguments that mean something before the call, up to the first that must wait for its end.
  Event enter(RawEventView entry, Arena& arena);

  /// Phase::Exit: the arguments from `first_arg` on (what enter() gave is args.size() of them) and the result.
  Event exit(RawEventView entry, RawEventView exit, Arena& arena, std::size_t first_arg);

  /// Phase::Whole: all arguments and the result.
  Event whole(RawEventView entry, RawEventView exit, Arena& arena);

  /// Phase::Whole with all arguments as far as the entry can tell, and the result Never: for calls that do not return
  /// (exit_group), or whose return was not seen.
  Event enter_whole(RawEventView entry, Arena& arena);

  /// Phase::Exit or Whole with the result Never: the arguments from `first_arg` on, of a call whose return was not
  /// seen.
  Event lost(RawEventView entry, Arena& arena, std::size_t first_arg);

  /// What an entry tells of: the call itself, or, of i386's socketcall(2) and ipc(2), the one that is made within it.
  SyscallNr call_of(RawEventView entry);

  /// Everything that is no system call: signals, ends of processes, notices.
  Event other(RawEventView record, Arena& arena);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tether::decode
