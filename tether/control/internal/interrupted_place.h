#pragma once
// In the middle of what a thread was interrupted, as far as that matters to a function that it is made to call.

#include <optional>
#include <string>

#include "tether/symbol/symbolizer.h"
#include "tether/tracee/hold.h"

namespace tether {

/// What it is called where the thread is within the allocator or the dynamic loader, which hold locks that most
/// functions want: "malloc+0x10". nullopt elsewhere.
std::optional<std::string> find_place_to_avoid(const HeldTask& task, symbol::Symbolizer& symbolizer);

}  // namespace tether
