#include "tether/cli/sub_verbs.h"
#include "tether/cli/verb.h"

namespace tether::cli {

namespace {

constexpr Verb kMembers[] = {
    {"ls", "list the descriptors of a process: kind, flags, offset, both ends", run_fd_ls},
};

}  // namespace

int run_fd(const Invocation& invocation) {
  return run_sub_verb(invocation, "The file descriptors of running processes.", kMembers);
}

}  // namespace tether::cli
