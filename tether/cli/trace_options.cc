#include "tether/cli/trace_options.h"

#include <string>

namespace tether::cli {

namespace {

struct Group {
  std::string_view title;
  std::span<const TraceOption> options;
};

std::vector<Group> replay_groups() {
  return {{"Filtering", filter_options()},
          {"Output format", format_options()},
          {"Statistics", statistics_options()},
          {"Other", other_options()}};
}

std::vector<Group> trace_groups() {
  std::vector<Group> groups = replay_groups();
  groups.insert(groups.begin(), {"What to trace", startup_options()});
  return groups;
}

std::vector<TraceOption> options_of(const std::vector<Group>& groups) {
  std::vector<TraceOption> all;
  for (const Group& group : groups) all.insert(all.end(), group.options.begin(), group.options.end());
  return all;
}

std::string describe(const std::vector<Group>& groups) {
  std::string text;
  for (const Group& group : groups) {
    const std::vector<OptionShape> shapes(group.options.begin(), group.options.end());
    text.append("\n").append(group.title).append(":\n").append(describe_options(shapes));
  }
  return text;
}

}  // namespace

std::vector<TraceOption> options_of_trace() { return options_of(trace_groups()); }
std::vector<TraceOption> options_of_replay() { return options_of(replay_groups()); }
std::string describe_options_of_trace() { return describe(trace_groups()); }
std::string describe_options_of_replay() { return describe(replay_groups()); }

}  // namespace tether::cli
