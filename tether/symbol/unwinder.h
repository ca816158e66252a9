#pragma once
// Unwinder: the back trace of a thread from a snapshot of it.
//
// A snapshot is the registers and a copy of the stack, taken while the thread stood still; the thread runs on while its
// back trace is made, from the snapshot and from the files that the process has mapped: call frame information where
// they have it, frame pointers where not (code made at run time).
//
//   const ThreadSnapshot snapshot{.registers = …, .abi = …, .stack_start = sp, .stack = …};
//   const Backtrace trace = Unwinder(symbolizer).unwind(snapshot);
//   for (const Frame& frame : trace.frames) symbolizer.locate(frame.lookup_address(), …);

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tether/arch/general_registers.h"
#include "tether/base/remote_addr.h"
#include "tether/symbol/symbolizer.h"

namespace tether::symbol {

/// The bytes below the stack pointer that a leaf function may use without moving it (System V ABI for x86-64, 3.2.2).
inline constexpr std::uint64_t kRedZone = 128;

struct ThreadSnapshot {
  GeneralRegisters registers;
  Abi abi = Abi::X86_64;
  RemoteAddr stack_start;        ///< where `stack` was copied from: kRedZone below the stack pointer
  std::vector<std::byte> stack;  ///< as much as there was, or as was thought to be enough

  RemoteAddr pc() const;
  RemoteAddr stack_pointer() const;
};

struct Frame {
  RemoteAddr pc;
  bool is_interrupted = false;  ///< `pc` was about to be executed: the innermost frame, one that a signal interrupted
  std::optional<RemoteAddr> stack_pointer;

  /// An address within the instruction that is being executed: a return address is that of the next one, which may
  /// belong to another line or to another function.
  RemoteAddr lookup_address() const { return RemoteAddr(is_interrupted ? pc.value : pc.value - 1); }
};

struct Backtrace {
  enum class End : std::uint8_t {
    Complete,  ///< the thread's first function
    Limit,     ///< as many frames as were wanted
    Cut,       ///< the snapshot's stack ends here
    Lost,      ///< no frame can be found beyond: `reason` tells
  };
  std::vector<Frame> frames;  ///< the innermost first; at least one
  End end = End::Complete;
  std::string reason;
};

class Unwinder {
 public:
  /// `symbolizer` must outlive it.
  explicit Unwinder(Symbolizer& symbolizer) : symbolizer_(symbolizer) {}

  static constexpr std::size_t kMostFrames = 256;
  /// Never fails: where it cannot go on, the back trace says so.
  Backtrace unwind(const ThreadSnapshot& snapshot, std::size_t most = kMostFrames);

 private:
  Symbolizer& symbolizer_;
};

}  // namespace tether::symbol
