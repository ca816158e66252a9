#include "tools/desc/diagnostics.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace tether::desc {
namespace {

/// Levenshtein's: how many characters to insert, delete or replace.
std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= from.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[to.size()];
}

}  // namespace

std::string quote(std::string_view name) {
  return std::string(1, '\'').append(name).append(1, '\'');
}

void Diagnostics::error(const Location& at, std::string what) {
  const bool is_known = std::ranges::any_of(problems_, [&](const Problem& known) {
    return known.at.line == at.line && known.at.file == at.file && known.what == what;
  });
  if (!is_known) problems_.push_back({at, std::move(what)});
}

std::vector<std::string> Diagnostics::messages() const {
  std::vector<const Problem*> ordered;
  for (const Problem& problem : problems_) ordered.push_back(&problem);
  std::ranges::stable_sort(ordered, {}, [](const Problem* p) { return std::tie(p->at.file, p->at.line); });
  std::vector<std::string> lines;
  for (const Problem* problem : ordered)
    lines.push_back(problem->at.file + ":" + std::to_string(problem->at.line) + ": " + problem->what);
  return lines;
}

void Suggestion::consider(const std::string& candidate) {
  const std::size_t limit = std::min(wrong_.size() / 3, std::size_t{3});
  const std::size_t longer = std::max(candidate.size(), wrong_.size());
  const std::size_t shorter = std::min(candidate.size(), wrong_.size());
  if (longer - shorter > limit || candidate == wrong_) return;
  const std::size_t distance = edit_distance(wrong_, candidate);
  if (distance > limit || distance > best_distance_) return;
  if (distance == best_distance_ && candidate >= best_)
    return;  // ties: the first of the alphabet, so that messages are stable
  best_distance_ = distance;
  best_ = candidate;
}

std::string Suggestion::text() const {
  return best_.empty() ? "" : "; did you mean " + quote(best_) + "?";
}

}  // namespace tether::desc
