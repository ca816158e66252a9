#include "tether/cli/verb.h"

#include <algorithm>
#include <string>
#include <vector>

#include "tether/base/nearest_name.h"
#include "tether/cli/messages.h"

namespace tether::cli {

const Verb* find_verb(std::span<const Verb> verbs, std::string_view name) {
  const auto found = std::ranges::find(verbs, name, &Verb::name);
  return found == verbs.end() ? nullptr : &*found;
}

int complain_of_verb(std::span<const Verb> verbs, std::string_view name) {
  std::vector<std::string_view> names;
  for (const Verb& verb : verbs) names.push_back(verb.name);
  return complain({.code = ErrorCode::Malformed,
                   .message = "no command '" + std::string(name) + "'" + did_you_mean(name, names),
                   .hint = "see `tether help`; to trace a program, `tether trace PROGRAM`"});
}

}  // namespace tether::cli
