#pragma once
// The loops that look through memory: a block of it in, the places of what was found out.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "tether/base/result.h"
#include "tether/control/search_pattern.h"

namespace tether::internal {

/// Memory is looked at in blocks of this many bytes; places in it are multiples of the stride.
inline constexpr std::size_t kBlockSize = 65536;

/// Finds in `window`, whose first `starts` bytes (kBlockSize at most) are where a find may begin and whose rest is
/// there for the ends of those. Appends the number of each place, place / stride, ascending.
using FindPlaces =
    std::function<void(std::span<const std::byte> window, std::size_t starts, std::vector<std::uint16_t>& places)>;

/// The loop for a pattern. `alignment` is a power of two up to kBlockSize; it is also the stride. Each thread needs its
/// own. Windows must begin at a multiple of the alignment.
Result<FindPlaces> make_finder(const SearchPattern& pattern, std::size_t alignment);

}  // namespace tether::internal
