#pragma once
// -e expressions, and the long options that are the same (--trace=, --status=, …), put into settings.

#include <string_view>

#include "tether/cli/trace_settings.h"
#include "tether/filter/expression.h"

namespace tether::cli {

/// "[qualifier=]set". A later one for the same qualifier replaces the earlier, as in strace.
Result<void> apply_expression(TraceSettings& settings, std::string_view expression);

Result<void> apply_set(TraceSettings& settings, Qualifier qualifier, std::string_view set);

}  // namespace tether::cli
