#pragma once
// PtraceEngine: observes by ptrace(2): two stops per system call, one per signal, fork, exec.

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "tether/base/bpf_instruction.h"
#include "tether/engine/engine.h"
#include "tether/event/capture_policy.h"
#include "tether/event/selection.h"
#include "tether/tracee/command.h"
#include "tether/tracee/launch_options.h"

namespace tether {

struct PtraceEngineOptions {
  std::optional<LaunchOptions> launch;
  std::vector<Pid> attach;
  bool follow = true;
  SyscallSelection syscalls = SyscallSelection::all();
  SignalSelection signals;
  bool times = false;                 ///< stamp records with CLOCK_MONOTONIC
  bool cpu_times = false;             ///< fill RawSyscallExit::cpu_time_ns
  bool comms = false;                 ///< a Comm chunk on every record, the name of the sender with signals
  bool instruction_pointers = false;  ///< of signals and group-stops; those of calls are always there
  bool lockstep = false;              ///< RawEventConsumer::settle() before a tracee goes on
  bool pin = false;                   ///< tracees and tracer on one CPU
  /// For a launched command: stops only what this seccomp program traces; empty: every call stops.
  std::vector<BpfInstruction> filter;
};

class PtraceEngine final : public Engine {
 public:
  /// Launches or attaches, on the calling thread, which becomes the tracer. `policy` must outlive the engine.
  /// Errors: as Tracer::launch and Tracer::attach; with several pids only if none could be attached.
  static Result<std::unique_ptr<PtraceEngine>> open(PtraceEngineOptions options, CapturePolicy& policy);

  ~PtraceEngine() override;
  Result<EngineOutcome> run(RawEventConsumer& consumer) override;
  void request_stop() override;

  std::optional<Pid> launched() const;
  const std::vector<Error>& attach_errors() const;
  std::size_t attached() const;  ///< processes attached to

 private:
  class Impl;
  explicit PtraceEngine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tether
