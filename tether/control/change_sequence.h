#pragma once
// Changes of the same thing, one after the other: 1 -> 2 and 2 -> 3 are together 1 -> 3.

#include <optional>

#include "tether/control/change.h"

namespace tether {

/// What both have made of the process together, if they are about the same thing and `then` began with what `first` had
/// left. Of memory: the bytes of both.
std::optional<Change> join(const Change& first, const Change& then);

/// Whether all that `inner` changes lies within what `outer` changes; of those that join() puts together.
bool covers(const Change& outer, const Change& inner);

/// Whether `first` cannot be seen in the process as long as `then` has not been taken back: the memory has been
/// unmapped or protected since, the descriptor replaced.
bool hides(const Change& then, const Change& first);

/// Whether it leaves everything as it was.
bool changes_nothing(const Change& change);

}  // namespace tether
