#include "tether/cli/fd_change.h"
#include "tether/cli/sub_verbs.h"
#include "tether/cli/target.h"
#include "tether/control/descriptor_image.h"

namespace tether::cli {

namespace {

constexpr std::string_view kFdSendUsage =
    "usage: tether fd send [OPTIONS] PID FD PID2 [AS]\n\n"
    "Gives another process, PID2, a descriptor for what FD of PID refers to: as number AS, or at its lowest free one. "
    "Both then share one open file description. It is PID2 that is changed: `tether undo PID2`.\n\nOptions:\n";

}  // namespace

int run_fd_send(const Invocation& invocation) {
  const FdVerb verb{.usage = kFdSendUsage,
                    .synopsis = "PID FD PID2 [AS]",
                    .least_words = 2,
                    .most_words = 3,
                    .options = FdOptions::Replacing};
  return run_fd_change(invocation, verb, [](const FdWords& in) -> Result<FdChange> {
    const ForeignDescriptor from{.pid = in.pid, .fd = TETHER_TRY(parse_fd(in.words[0]))};
    const Target receiver = TETHER_TRY(find_target(in.words[1]));
    std::optional<Fd> at;
    if (in.words.size() > 2) at = TETHER_TRY(parse_fd(in.words[2]));
    return FdChange{.pid = receiver.pid,
                    .work = [from, at, keep = in.settings.keep](Changes& changes, Front&) -> Result<void> {
                      const UniqueFd copy = TETHER_TRY(borrow_descriptor(from.pid, from.fd));
                      if (at) return install_descriptor(changes, copy.get(), *at, keep);
                      TETHER_TRY(install_descriptor(changes, copy.get()));
                      return ok();
                    }};
  });
}

}  // namespace tether::cli
