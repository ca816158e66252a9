#include "tether/cli/fd_change.h"
#include "tether/cli/sub_verbs.h"

namespace tether::cli {

namespace {

constexpr std::string_view kFdDupUsage =
    "usage: tether fd dup [OPTIONS] PID A B\n\n"
    "Makes descriptor B of a process refer to what A refers to (dup2(2)); B may be in use or not.\n\nOptions:\n";

}  // namespace

int run_fd_dup(const Invocation& invocation) {
  const FdVerb verb{
      .usage = kFdDupUsage, .synopsis = "PID A B", .least_words = 2, .most_words = 2, .options = FdOptions::Replacing};
  return run_fd_change(invocation, verb, [](const FdWords& in) -> Result<FdChange> {
    const Fd from = TETHER_TRY(parse_fd(in.words[0]));
    const Fd to = TETHER_TRY(parse_fd(in.words[1]));
    return FdChange{.pid = in.pid, .work = [from, to, keep = in.settings.keep](Changes& changes, Front&) {
                      return duplicate_descriptor(changes, from, to, keep);
                    }};
  });
}

}  // namespace tether::cli
