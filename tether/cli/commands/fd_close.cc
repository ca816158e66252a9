#include "tether/cli/fd_change.h"
#include "tether/cli/sub_verbs.h"

namespace tether::cli {

namespace {

constexpr std::string_view kFdCloseUsage =
    "usage: tether fd close [OPTIONS] PID FD\n\n"
    "Closes a descriptor of a process. A file or device is opened again when that is undone; a socket, a pipe and the "
    "like cannot be brought back, and want --force.\n\nOptions:\n";

}  // namespace

int run_fd_close(const Invocation& invocation) {
  return run_fd_change(
      invocation, {.usage = kFdCloseUsage, .synopsis = "PID FD"}, [](const FdWords& in) -> Result<FdChange> {
        const Fd fd = TETHER_TRY(parse_fd(in.words[0]));
        return FdChange{.pid = in.pid,
                        .work = [fd](Changes& changes, Front&) { return close_descriptor(changes, fd); }};
      });
}

}  // namespace tether::cli
