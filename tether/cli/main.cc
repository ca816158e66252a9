// tether: the program. A table of contents; each verb is a file in commands/.

#include <cstring>
#include <string_view>

#include "tether/cli/standard_descriptors.h"
#include "tether/cli/verb.h"

namespace {

using namespace tether::cli;

constexpr Verb kVerbs[] = {
    {"trace", "show the system calls and signals of a command or of running processes", run_trace},
    {"strace", "the same behind strace's defaults; also if started under the name strace", run_strace},
    {"replay", "show a recording that `tether trace --record FILE` made", run_replay},
    {"show", "one page about a process: threads, memory, descriptors, signals, limits", run_show},
    {"stack", "show the back traces of a process's threads", run_stack},
    {"fd", "the file descriptors of running processes", run_fd},
    {"mem", "read, change, search, dump, map the memory of a running process", run_mem},
    {"regs", "show and change the registers of a thread", run_regs},
    {"sig", "show, send, watch and intercept the signals of a running process", run_sig},
    {"set", "change limits and scheduling of a running process", run_set},
    {"call", "make a running process execute a system call or a function", run_call},
    {"load", "load a shared library into a running process", run_load},
    {"patch", "change the code of a running process", run_patch},
    {"step", "execute a thread instruction by instruction", run_step},
    {"break", "stop where a process comes by, or touches data: print, count, log, trace back", run_break},
    {"tty", "move a program to this terminal", run_tty},
    {"journal", "show what tether changed in a process", run_journal},
    {"undo", "take back what tether changed in a process", run_undo},
    {"doctor", "what this machine and a process allow, and how to get what they do not", run_doctor},
    {"help", "show the commands, or the help of one", run_help},
    {"version", "show the version", run_version},
};

}  // namespace

int main(int argc, char** argv) {
  occupy_standard_descriptors();
  const std::string_view program = argc > 0 ? ::basename(argv[0]) : "tether";
  if (program == "strace") return run_strace({argc, argv, kVerbs});
  const std::string_view name = argc > 1 ? argv[1] : "help";
  if (name == "-h" || name == "--help") return run_help({1, argv + 1, kVerbs});
  if (name == "-V" || name == "--version") return run_version({1, argv + 1, kVerbs});
  if (argc < 2) return run_help({1, argv, kVerbs});
  const Verb* verb = find_verb(kVerbs, name);
  return verb != nullptr ? verb->run({argc - 1, argv + 1, kVerbs}) : complain_of_verb(kVerbs, name);
}
