#pragma once
// What `tether break` shows of a hit: as text, and as a JSON object.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tether/cli/break_actions.h"
#include "tether/cli/json_output.h"
#include "tether/control/breakpoint_run.h"

namespace tether::cli {

/// What the action prints, in whole lines; empty for one that prints nothing here. `place` is how the user calls it.
std::string hit_text(const BreakpointHit& hit, std::string_view place, const BreakAction& action);

/// All that the actions show, in one object; nullopt if none of them shows anything.
std::optional<Json> hit_json(const BreakpointHit& hit, std::string_view place, std::span<const BreakAction> actions);

}  // namespace tether::cli
