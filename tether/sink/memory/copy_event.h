#pragma once
// Deep copies of Events and Values, which are views of memory that soon means something else.

#include "tether/event/arena.h"
#include "tether/event/event.h"

namespace tether {

/// Copies everything that `value` refers to into `arena`.
Value copy_value(const Value& value, Arena& arena);

/// Copies everything that `event` refers to into `arena`.
Event copy_event(const Event& event, Arena& arena);

}  // namespace tether
