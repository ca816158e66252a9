#include "tether/cli/sub_verbs.h"
#include "tether/cli/verb.h"

namespace tether::cli {

namespace {

constexpr Verb kMembers[] = {
    {"maps", "list the mappings of a process: what each is, resident, dirty and swapped bytes", run_mem_maps},
};

}  // namespace

int run_mem(const Invocation& invocation) {
  return run_sub_verb(invocation, "The memory of running processes.", kMembers);
}

}  // namespace tether::cli
