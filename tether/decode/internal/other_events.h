#pragma once
// Events that are no system calls, and what every event begins with.

#include "tether/decode/tables.h"
#include "tether/event/arena.h"
#include "tether/event/event.h"
#include "tether/event/raw_event.h"

namespace tether::decode {

Origin origin_of(RawEventView record);

/// A record of any kind but SyscallEntry and SyscallExit (of which it makes a notice).
Event decode_other(const Tables& tables, RawEventView record, Arena& arena);

}  // namespace tether::decode
