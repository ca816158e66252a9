#pragma once
// Engine: a source of RawEvents. The written contract of all engines.
//
// 1. Truth. Every event of a tracee that the selection asks for is handed to the consumer, once, in the order in which
// the engine learned of
//    it; per task that is the order in which it happened. What could not be observed is said by a Notice.
// 2. Brevity. A tracee is held only while its registers and the bytes that the CapturePolicy asks for are copied.
// 3. No harm. Signals, results, stops and job control are as without an engine; letting go leaves nothing behind.
// 4. Pairs. A SyscallExit follows a SyscallEntry of the same tid. An entry may stay alone (the task ended, was let go,
// or
//    exec'd away by another thread); an exit never does.
// 5. The end. run() returns when no tracee is left, or after request_stop() when all have been let go.

#include <cstddef>
#include <cstdint>
#include <span>

#include "tether/base/ids.h"
#include "tether/base/result.h"

namespace tether {

/// Where an engine's records go. Called on the engine's thread; may block to hold the tracees back when the reader is
/// slow.
class RawEventConsumer {
 public:
  virtual ~RawEventConsumer() = default;
  virtual void consume(std::span<const std::byte> record) = 0;

  /// Returns when everything consumed so far has been presented: for engines told to keep in step with their reader.
  virtual void settle() = 0;
};

struct EngineOutcome {
  enum class End : std::uint8_t { Exited, Killed, Released } end = End::Released;  ///< of the launched command
  std::int32_t status = 0;                                                         ///< Exited
  Signal signal;                                                                   ///< Killed
  bool core_dumped = false;
  std::uint64_t syscalls = 0;  ///< recorded to their exit
};

class Engine {
 public:
  virtual ~Engine() = default;

  /// Observes until the end. Call once, on the thread that made the engine.
  virtual Result<EngineOutcome> run(RawEventConsumer& consumer) = 0;

  /// From any thread: lets all tracees go as soon as they can be. Asked twice: at once, whatever they are doing.
  virtual void request_stop() = 0;
};

}  // namespace tether
