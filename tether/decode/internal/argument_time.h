#pragma once
// When an argument can be walked: before the call, after it, or both. Capture and decoder must agree on it.

#include "tether/decode/internal/lookup.h"
#include "tether/decode/internal/walker.h"

namespace tether::decode {

enum class ArgumentTime : std::uint8_t {
  Entry,   ///< means something before the call
  Exit,    ///< has to wait for the call's end
  Change,  ///< a pointer to what the call reads and then changes: before => after
};

inline ArgumentTime time_of(const Tables& tables, TypeId resolved) {
  const TypeNode& type = tables.types[resolved];
  if ((type.flags & kNeedsExit) == 0) return ArgumentTime::Entry;
  const bool is_inout = type.op == TypeOp::Pointer && (type.flags & kIn) != 0 && (type.flags & kOut) != 0;
  return is_inout ? ArgumentTime::Change : ArgumentTime::Exit;
}

/// True if the call's end can matter to an argument of this (unresolved) type.
inline bool may_need_exit(const TypeNode& type) {
  return (type.flags & kNeedsExit) != 0 || is_kind(type, Kind::IoctlArg) || is_kind(type, Kind::SockoptValue);
}

/// Of what an `inout` pointer points to, after the call: only what was written through pointers within it, if there are
/// any.
inline bool shows_only_outputs(const Tables& tables, TypeId pointee) {
  return (tables.types[pointee].flags & kNeedsExit) != 0;
}

}  // namespace tether::decode
