#include "tether/cli/sub_verbs.h"

#include <algorithm>
#include <string>
#include <vector>

#include "tether/base/nearest_name.h"
#include "tether/cli/change_options.h"
#include "tether/cli/messages.h"

namespace tether::cli {

namespace {

std::string describe_members(std::string_view family, std::string_view purpose, std::span<const Verb> members) {
  std::size_t longest = 0;
  for (const Verb& member : members) longest = std::max(longest, member.name.size());
  std::string text =
      "usage: tether " + std::string(family) + " COMMAND [OPTIONS] ...\n\n" + std::string(purpose) + "\n\nCommands:\n";
  for (const Verb& member : members) {
    std::string line = "  " + std::string(member.name);
    line.resize(longest + 4, ' ');
    text += line + std::string(member.summary) + "\n";
  }
  return text + "\n`tether " + std::string(family) + " COMMAND --help` and tether-" + std::string(family) +
         "(1) tell more.\n";
}

}  // namespace

int run_sub_verb(const Invocation& invocation, std::string_view purpose, std::span<const Verb> members) {
  const std::string family = invocation.argv[0];
  const std::string_view name = invocation.argc > 1 ? invocation.argv[1] : "--help";
  if (name == "-h" || name == "--help" || name == "help") return print_text(describe_members(family, purpose, members));
  if (const Verb* member = find_verb(members, name))
    return member->run({invocation.argc - 1, invocation.argv + 1, members});
  std::vector<std::string_view> names;
  for (const Verb& member : members) names.push_back(member.name);
  return complain({.code = ErrorCode::Malformed,
                   .message = "no command '" + family + " " + std::string(name) + "'" + did_you_mean(name, names),
                   .hint = "see `tether " + family + "`"});
}

}  // namespace tether::cli
