#include "tether/base/nearest_name.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace tether {

namespace {

/// The optimal string alignment distance: a Levenshtein distance in which a swap of neighbours counts once.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    next[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = row[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      next[j] = std::min({replaced, row[j] + 1, next[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) next[j] = std::min(next[j], before[j - 2] + 1);
    }
    before.swap(row);
    row.swap(next);
  }
  return row[b.size()];
}

}  // namespace

std::string_view find_nearest_name(std::string_view word, const std::vector<std::string_view>& candidates) {
  std::string_view nearest;
  std::size_t fewest = word.size() / 3 + 1;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() >= word.size() + fewest || word.size() >= candidate.size() + fewest) continue;
    if (const std::size_t changes = distance(word, candidate); changes < fewest) {
      fewest = changes;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::string_view nearest = find_nearest_name(word, candidates);
  return nearest.empty() ? std::string() : ": did you mean '" + std::string(nearest) + "'?";
}

}  // namespace tether
