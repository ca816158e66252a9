#pragma once
// What the user may have meant: the known name nearest to one that is unknown.
//
//   "no system call 'opne'" + did_you_mean("opne", names)      // no system call 'opne': did you mean 'open'?

#include <string>
#include <string_view>
#include <vector>

namespace tether {

/// The candidate that takes the fewest insertions, deletions, replacements and swaps of neighbours to become, the first of equals;
/// empty if none is near enough to be meant (one change in three letters).
std::string_view find_nearest_name(std::string_view word, const std::vector<std::string_view>& candidates);

/// ": did you mean 'open'?", or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace tether
