#include "tether/cli/sub_verbs.h"
#include "tether/cli/verb.h"

namespace tether::cli {

namespace {

constexpr Verb kMemMembers[] = {
    {"maps", "list the mappings of a process: what each is, resident, dirty and swapped bytes", run_mem_maps},
    {"read", "show memory, as bytes or as values", run_mem_read},
    {"write", "change memory, code and read-only pages included", run_mem_write},
    {"search", "find a value, and narrow down where it is", run_mem_search},
    {"diff", "what changed between two moments", run_mem_diff},
    {"freeze", "hold a value: write it again and again", run_mem_freeze},
    {"dump", "copy memory into a file, or all of it into an ELF core", run_mem_dump},
    {"map", "map anonymous memory in the process", run_mem_map},
    {"unmap", "unmap memory of the process", run_mem_unmap},
    {"protect", "change the protection of memory", run_mem_protect},
    {"alloc", "map memory, put values there, and say where", run_mem_alloc},
};

}  // namespace

int run_mem(const Invocation& invocation) {
  return run_sub_verb(invocation, "The memory of running processes.", kMemMembers);
}

}  // namespace tether::cli
