#include <fcntl.h>

#include <charconv>

#include "tether/cli/fd_change.h"
#include "tether/cli/messages.h"
#include "tether/cli/sub_verbs.h"

namespace tether::cli {

namespace {

constexpr std::string_view kFdOpenUsage =
    "usage: tether fd open [OPTIONS] PID PATH FLAGS [MODE]\n\n"
    "Opens a file in a process and says under which number; with -q it prints the number alone. PATH is looked up by "
    "the process: in its root, from its working directory, with its rights. FLAGS are names such as O_RDWR|O_CREAT; "
    "MODE is octal (default 666), less the process's umask. O_NOCTTY is always set.\n\nOptions:\n";

Result<std::uint32_t> parse_mode(const std::string& word) {
  constexpr std::uint32_t kMost = 07777;
  std::uint32_t mode = 0;
  const auto [end, err] = std::from_chars(word.data(), word.data() + word.size(), mode, 8);
  if (err == std::errc() && end == word.data() + word.size() && mode <= kMost) return mode;
  return fail({.code = ErrorCode::Malformed,
               .message = "'" + word + "' is no mode of a file",
               .hint = "a mode is octal, such as 640"});
}

}  // namespace

int run_fd_open(const Invocation& invocation) {
  const FdVerb verb{.usage = kFdOpenUsage,
                    .synopsis = "PID PATH FLAGS [MODE]",
                    .least_words = 2,
                    .most_words = 3,
                    .options = FdOptions::Opening};
  return run_fd_change(invocation, verb, [](const FdWords& in) -> Result<FdChange> {
    OpenRequest request{.path = in.words[0], .flags = TETHER_TRY(parse_open_flags(in.words[1]))};
    if (in.words.size() > 2) request.mode = TETHER_TRY(parse_mode(in.words[2]));
    const bool is_dry_run = in.settings.change.is_dry_run;
    const bool is_quiet = in.settings.change.is_quiet && !is_dry_run;
    const bool opens_here = in.settings.opens_here && !is_dry_run;
    return FdChange{.pid = in.pid, .work = [request, is_quiet, opens_here](Changes& changes, Front&) -> Result<void> {
                      UniqueFd file;
                      if (opens_here) file = TETHER_TRY(open_here(changes, request));
                      const Fd fd = opens_here ? TETHER_TRY(install_descriptor(changes, file.get()))
                                               : TETHER_TRY(open_descriptor(changes, request));
                      if (is_quiet && print_text(std::to_string(fd.value) + "\n") != 0)
                        return fail(errno_error(errno, "writing to standard output"));
                      return ok();
                    }};
  });
}

}  // namespace tether::cli
