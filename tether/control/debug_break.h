#pragma once
// DebugBreak: a debug register of one thread that stops it at an address, without a byte of its code being changed.
//
//   auto there = TETHER_TRY(DebugBreak::set(tid, address));
//   if (!there) …all four are in use…
//   … the thread runs, and stops with SIGTRAP, TRAP_HWBKPT, before the instruction at `address` …
//   TETHER_CHECK(there->clear());

#include <cstdint>
#include <optional>

#include "tether/base/ids.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"

namespace tether {

class DebugBreak {
 public:
  /// The thread must be held. Absent if no debug register is free, or none works. Errors: TraceeGone; those of the
  /// kernel where the machine has none to give (ENOSPC).
  static Result<std::optional<DebugBreak>> set(Tid tid, RemoteAddr address);

  RemoteAddr address() const { return address_; }

  /// Puts the thread's debug registers back as they were; it must be held.
  Result<void> clear() const;

 private:
  DebugBreak(Tid tid, RemoteAddr address, unsigned slot, std::uint64_t former_address, std::uint64_t former_control)
      : tid_(tid), address_(address), slot_(slot), former_address_(former_address), former_control_(former_control) {}
  Tid tid_;
  RemoteAddr address_;
  unsigned slot_;
  std::uint64_t former_address_;
  std::uint64_t former_control_;
};

}  // namespace tether
