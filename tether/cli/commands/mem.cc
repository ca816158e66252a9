#include <string>
#include <string_view>
#include <vector>

#include "tether/base/nearest_name.h"
#include "tether/cli/change_options.h"
#include "tether/cli/commands/mem_verbs.h"
#include "tether/cli/messages.h"
#include "tether/cli/verb.h"

namespace tether::cli {

namespace {

constexpr Verb kSubVerbs[] = {
    {"read", "show memory, as bytes or as values", run_mem_read},
    {"write", "change memory, code and read-only pages included", run_mem_write},
    {"search", "find a value, and narrow down where it is", run_mem_search},
    {"diff", "what changed between two moments", run_mem_diff},
    {"freeze", "hold a value: write it again and again", run_mem_freeze},
    {"dump", "copy memory into a file, or all of it into an ELF core", run_mem_dump},
    {"map", "map anonymous memory in the process", run_mem_map},
    {"unmap", "unmap memory of the process", run_mem_unmap},
    {"protect", "change the protection of memory", run_mem_protect},
    {"alloc", "map memory, put a value there, and say where", run_mem_alloc},
};

std::string usage() {
  constexpr std::size_t kNameWidth = 12;
  std::string text = "usage: tether mem VERB PID ...\n\nThe memory of a running process.\n\n";
  for (const Verb& verb : kSubVerbs) {
    std::string line = "  " + std::string(verb.name);
    line.resize(kNameWidth, ' ');
    text += line + std::string(verb.summary) + "\n";
  }
  return text + "\n`tether mem VERB --help` says more.\n";
}

}  // namespace

int run_mem(const Invocation& invocation) {
  const std::string_view name = invocation.argc > 1 ? invocation.argv[1] : "--help";
  if (name == "-h" || name == "--help") return print_text(usage());
  const Verb* verb = find_verb(kSubVerbs, name);
  if (verb != nullptr) return verb->run({invocation.argc - 1, invocation.argv + 1, kSubVerbs});
  std::vector<std::string_view> names;
  for (const Verb& known : kSubVerbs) names.push_back(known.name);
  return complain({.code = ErrorCode::Malformed,
                   .message = "mem: no command '" + std::string(name) + "'" + did_you_mean(name, names),
                   .hint = "see `tether mem --help`"});
}

}  // namespace tether::cli
