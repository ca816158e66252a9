#include "tether/cli/sub_verbs.h"
#include "tether/cli/verb.h"

namespace tether::cli {

namespace {

constexpr Verb kFdMembers[] = {
    {"ls", "list the descriptors of a process: kind, flags, offset, both ends", run_fd_ls},
    {"dup", "make a descriptor refer to what another one refers to", run_fd_dup},
    {"close", "close a descriptor", run_fd_close},
    {"open", "open a file in the process", run_fd_open},
    {"redirect", "make a descriptor refer to another file, or to that of another process", run_fd_redirect},
    {"tee", "copy what flows through a descriptor", run_fd_tee},
    {"seek", "move the offset of an open file", run_fd_seek},
    {"flags", "set and clear O_APPEND, O_NONBLOCK and others, and close-on-exec", run_fd_flags},
    {"send", "give a descriptor to another process", run_fd_send},
    {"steal", "bring a copy of a descriptor here, for a command", run_fd_steal},
    {"shutdown", "end a half of a connection, or both", run_fd_shutdown},
};

}  // namespace

int run_fd(const Invocation& invocation) {
  return run_sub_verb(invocation, "The file descriptors of running processes.", kFdMembers);
}

}  // namespace tether::cli
