#pragma once
// BreakpointRun: breakpoints in living processes: planted, served and taken out again.
//
// All threads are traced for as long as it lasts. Each hit is told to a handler while its thread stands there; all
// others run on. However it ends, the process goes on with every byte and register as the program has them. To be used
// in a guardian (guardian.h): who kills the tracer leaves breakpoints behind.
//
//   BreakpointRun run(options, handler);
//   TETHER_CHECK(run.attach(pid));
//   BreakpointOutcome outcome = TETHER_TRY(run.serve(front.descriptor()));

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "tether/arch/abi.h"
#include "tether/arch/general_registers.h"
#include "tether/base/ids.h"
#include "tether/base/memory_reader.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"
#include "tether/control/breakpoint_place.h"
#include "tether/control/remote_calls.h"
#include "tether/symbol/symbolizer.h"
#include "tether/tracee/launch_options.h"

namespace tether {

/// A thread at a breakpoint. Valid only while the handler runs.
struct BreakpointHit {
  enum class Kind : std::uint8_t {
    Reached,   ///< stands before the instruction
    Returned,  ///< stands behind the call of a function that was Reached
    Accessed,  ///< stands behind the instruction that has accessed the data
  } kind = Kind::Reached;
  std::size_t place = 0;  ///< index into BreakpointOptions::places
  Pid pid;
  Tid tid;
  Abi abi = Abi::X86_64;
  RemoteAddr address;                        ///< of the place
  GeneralRegisters registers;                ///< as the program has them
  std::uint8_t size = 0;                     ///< Accessed
  std::uint64_t before = 0;                  ///< Accessed: the value when it was last looked at
  std::uint64_t after = 0;                   ///< Accessed
  MemoryReader* memory = nullptr;            ///< without the breakpoints
  symbol::Symbolizer* symbolizer = nullptr;  ///< of the process
};

class BreakpointHandler {
 public:
  virtual ~BreakpointHandler() = default;
  enum class Verdict : std::uint8_t {
    Disregard,  ///< not a hit that was wanted: its return is not waited for
    GoOn,
    End,         ///< take everything out, and let all go
    EndStopped,  ///< the same, and leave the process stopped (SIGSTOP)
  };
  virtual Verdict on_hit(const BreakpointHit& hit) = 0;
  /// Something that the user should know: a place that was found only now, or not at all.
  virtual void on_note(std::string_view text) = 0;
};

struct BreakpointOptions {
  std::vector<BreakpointPlace> places;
  enum class Children : std::uint8_t { LetGo, Follow } children = Children::LetGo;  ///< those made by fork
  enum class Returns : std::uint8_t { No, Yes } returns = Returns::No;  ///< also tell when a function returns
  /// Whether a place that is not there yet is waited for. A launched command's always is.
  enum class Unknown : std::uint8_t { Refuse, AwaitLoading } unknown = Unknown::Refuse;
  RemoteCallOptions remote_calls{};
};

struct BreakpointOutcome {
  enum class End : std::uint8_t {
    NothingLeft,  ///< all processes have ended
    Released,     ///< asked to end, or the handler has said so
    Stopped,      ///< likewise, and left stopped
  } end = End::NothingLeft;
  /// How the launched command ended, if it has: as waitpid(2) tells it.
  std::optional<int> command_status;
  std::size_t sleepers = 0;  ///< threads that could not be stopped to be let go of, within seconds
  bool keeps_areas = false;  ///< because of them the memory for copied instructions stays mapped
};

class BreakpointRun {
 public:
  /// `handler` must outlive it.
  BreakpointRun(BreakpointOptions options, BreakpointHandler& handler);
  ~BreakpointRun();
  BreakpointRun(const BreakpointRun&) = delete;
  BreakpointRun& operator=(const BreakpointRun&) = delete;

  /// Errors: those of Tracer::attach(); NotFound for a place that is not there; Malformed. Nothing is planted then.
  Result<void> attach(Pid pid);
  /// Errors: those of Tracer::launch(). The command's own error (ENOENT, …) is one of serve(), and so is a place where
  /// nothing can be planted at its exec: the command is killed then, before its first instruction.
  Result<Pid> launch(const LaunchOptions& options);

  /// Plants and serves until nothing is left, the handler has said End, or `ending` (a descriptor) becomes readable.
  /// On errors, too, everything has been taken out. To be called once.
  Result<BreakpointOutcome> serve(int ending);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tether
