#pragma once
// Changes as JSON objects: {"kind": "memory", "address": "0x7f…", "before": "2a00", "after": "2b00"}.

#include <nlohmann/json.hpp>

#include "tether/base/result.h"
#include "tether/control/change.h"

namespace tether {

nlohmann::json to_json(const Change& change);

/// Malformed for what to_json would not have made.
Result<Change> change_from_json(const nlohmann::json& json);

}  // namespace tether
