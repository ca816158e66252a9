#pragma once
// Recorder: turns stops into RawEvents while the tracee is held.

#include <span>

#include "tether/engine/ptrace/live_tracee.h"
#include "tether/event/capture_policy.h"
#include "tether/event/raw_event.h"
#include "tether/sys/ptrace.h"
#include "tether/tracee/stop.h"

namespace tether {

/// A call that was entered and not yet left.
struct PendingCall {
  bool is_open = false;    ///< between entry and exit
  bool is_wanted = false;  ///< recorded
  Abi abi = Abi::X86_64;
  RawSyscallEntry entry;
  std::uint64_t cpu_time_at_entry_ns = 0;
};

class Recorder {
 public:
  struct Options {
    bool times = false;
    bool comms = false;
    bool instruction_pointers = false;  ///< of signals and stops
  };
  Recorder(CapturePolicy& policy, Options options) : policy_(policy), options_(options) {}

  /// Each returns a finished record, valid until the next call.
  std::span<const std::byte> syscall_entry(Tid tid, Pid pid, const PendingCall& call);
  std::span<const std::byte> syscall_exit(Tid tid, Pid pid, const PendingCall& call, const RawSyscallExit& exit);
  std::span<const std::byte> signal(Pid pid, const SignalDeliveryStop& stop);
  std::span<const std::byte> status(RawKind kind, Tid tid, Pid pid, const RawStatus& status);
  std::span<const std::byte> task(RawKind kind, Tid tid, Pid pid, Tid other);
  std::span<const std::byte> bare(RawKind kind, Tid tid, Pid pid);

 private:
  void begin(RawKind kind, Abi abi, Tid tid, Pid pid);
  std::span<const std::byte> finish(Tid tid);
  void add_instruction_pointer(Tid tid);
  void add_sender(Tid tid, const RawSignal& raw);

  CapturePolicy& policy_;
  Options options_;
  LiveTracee tracee_;
  RawEventBuilder builder_;
};

}  // namespace tether
