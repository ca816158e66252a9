#pragma once
// What the first search and its narrowing have in common: the file of what was found, and the sums.

#include <cstdint>
#include <string>
#include <string_view>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/control/candidates.h"
#include "tether/control/memory_search.h"

namespace tether::internal {

inline constexpr std::string_view kSearchSuffix = ".search";

Result<std::string> path_of_search(Pid pid);

/// NotFound if nothing was searched for.
Result<CandidateReader> open_search(Pid pid);

/// `wanted`, or as many as are of use.
unsigned threads_to_use(unsigned wanted);

/// What came of one piece of memory.
struct Found {
  std::string records;
  std::uint64_t finds = 0;
  std::uint64_t searched = 0;
  std::uint64_t unreadable = 0;
};

void add(SearchOutcome& outcome, const Found& found);

/// TraceeGone if nothing could be read because there is no such process any more.
Result<void> check_alive(Pid pid, const SearchOutcome& outcome);

}  // namespace tether::internal
