#include <cstdio>
#include <string>

#include "tether/cli/messages.h"
#include "tether/cli/verb.h"

namespace tether::cli {

int run_help(const Invocation& invocation) {
  if (invocation.argc > 1) {
    const std::string_view name = invocation.argv[1];
    const Verb* verb = find_verb(invocation.verbs, name);
    if (verb == nullptr) return complain_of_verb(invocation.verbs, name);
    char help[] = "--help";
    char* argv[] = {invocation.argv[1], help, nullptr};
    if (verb->run != run_help) return verb->run({2, argv, invocation.verbs});
  }
  std::string text =
      "usage: tether COMMAND [OPTIONS] ...\n\nObserves and controls any Linux process: its system calls "
      "and signals, memory, registers, descriptors, instructions.\n\nCommands:\n";
  for (const Verb& verb : invocation.verbs) {
    std::string line = "  " + std::string(verb.name);
    line.resize(12, ' ');
    text += line + std::string(verb.summary) + "\n";
  }
  text +=
      "\n`tether help COMMAND` and tether-COMMAND(1) tell more. For a start:\n\n"
      "  tether trace ls -l                    a command, its threads and children\n"
      "  tether trace -p PID                   a running process; Ctrl-C lets it go\n"
      "  tether trace -e trace=%file -y CMD    only calls that take file names\n"
      "  tether trace -c CMD                   a table of calls, errors and time\n"
      "  tether show PID                       one page about a running process\n"
      "  tether undo PID                       take back what other commands changed in it\n";
  return std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0 ? kFailed : 0;
}

}  // namespace tether::cli
