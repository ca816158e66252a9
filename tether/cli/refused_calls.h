#pragma once
// Calls that a thread does not come back from as it was: what `tether call` makes only with --force.

#include <optional>
#include <string_view>

namespace tether::cli {

/// Why the system call, or the function of the C library, is not to be called in someone else's thread; nullopt if it
/// may be.
std::optional<std::string_view> find_refusal(std::string_view name);

}  // namespace tether::cli
