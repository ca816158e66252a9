#include <sys/socket.h>

#include <utility>

#include "tether/cli/fd_change.h"
#include "tether/cli/sub_verbs.h"

namespace tether::cli {

namespace {

constexpr std::string_view kFdShutdownUsage =
    "usage: tether fd shutdown [OPTIONS] PID FD rd|wr|rdwr\n\n"
    "Shuts down a half of a connection, or both (shutdown(2)): what waits in read(2) gets the end of it, the other "
    "side "
    "sees the connection end. Cannot be taken back, and so wants --force.\n\nOptions:\n";

Result<int> parse_half(const std::string& word) {
  static constexpr std::pair<std::string_view, int> kHalves[] = {{"rd", SHUT_RD}, {"wr", SHUT_WR}, {"rdwr", SHUT_RDWR}};
  for (const auto& [name, how] : kHalves)
    if (word == name) return how;
  return fail(
      {.code = ErrorCode::Malformed, .message = "'" + word + "' is no half of a connection", .hint = "rd, wr or rdwr"});
}

}  // namespace

int run_fd_shutdown(const Invocation& invocation) {
  const FdVerb verb{.usage = kFdShutdownUsage, .synopsis = "PID FD rd|wr|rdwr", .least_words = 2, .most_words = 2};
  return run_fd_change(invocation, verb, [](const FdWords& in) -> Result<FdChange> {
    const Fd fd = TETHER_TRY(parse_fd(in.words[0]));
    const int how = TETHER_TRY(parse_half(in.words[1]));
    return FdChange{.pid = in.pid,
                    .work = [fd, how](Changes& changes, Front&) { return shut_down_descriptor(changes, fd, how); }};
  });
}

}  // namespace tether::cli
