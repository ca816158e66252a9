#include <fcntl.h>

#include "tether/cli/fd_change.h"
#include "tether/cli/sub_verbs.h"
#include "tether/control/descriptor_image.h"
#include "tether/procfs/fdinfo.h"

namespace tether::cli {

namespace {

constexpr std::string_view kUsage =
    "usage: tether fd redirect [OPTIONS] PID FD PATH\n"
    "       tether fd redirect [OPTIONS] PID FD PID2:FD2\n\n"
    "Makes an open descriptor of a process refer to another file, or to what a descriptor of another process refers "
    "to: "
    "the output of a running server into a new log. What it writes is appended; the file is made if there is none. "
    "PATH "
    "is looked up by the process: in its root, from its working directory, with its rights. A PATH that looks like "
    "PID2:FD2 is written as ./PID2:FD2.\n\nOptions:\n";

/// How the new file is to be opened: for what the old one was open for. Standard input, and what else can be read and
/// written but has no two ways on disk (a terminal, a socket), is used in one direction.
std::uint32_t flags_for(Fd fd, const DescriptorImage& before, bool truncates) {
  constexpr std::uint32_t kWriting = O_APPEND | O_CREAT;
  const bool has_two_ends = !before.link.starts_with('/') || before.link.starts_with("/dev/");
  std::uint32_t access = before.flags & O_ACCMODE;
  if (access == O_RDWR && has_two_ends) access = fd == Fd(0) ? O_RDONLY : O_WRONLY;
  access |= procfs::large_file_flag();  // a 64-bit process has it anyway, a 32-bit one wants it for a log that grows
  if ((access & O_ACCMODE) == O_RDONLY) return access;
  return access | kWriting | (truncates ? O_TRUNC : 0);
}

}  // namespace

int run_fd_redirect(const Invocation& invocation) {
  const FdVerb verb{.usage = kUsage,
                    .synopsis = "PID FD PATH, or PID FD PID2:FD2",
                    .least_words = 2,
                    .most_words = 2,
                    .options = FdOptions::Redirecting};
  return run_fd_change(invocation, verb, [](const FdWords& in) -> Result<FdChange> {
    const Fd fd = TETHER_TRY(parse_fd(in.words[0]));
    const DescriptorImage before = TETHER_TRY(read_descriptor(in.pid, fd));
    const Keep keep = in.settings.keep;
    if (const auto foreign = find_foreign_descriptor(in.words[1]))
      return FdChange{.pid = in.pid, .work = [fd, keep, from = *foreign](Changes& changes, Front&) -> Result<void> {
                        const UniqueFd copy = TETHER_TRY(borrow_descriptor(from.pid, from.fd));
                        return install_descriptor(changes, copy.get(), fd, keep);
                      }};
    const OpenRequest request{.path = in.words[1], .flags = flags_for(fd, before, in.settings.truncates)};
    const bool opens_here = in.settings.opens_here && !in.settings.change.is_dry_run;
    return FdChange{.pid = in.pid, .work = [fd, keep, request, opens_here](Changes& changes, Front&) -> Result<void> {
                      if (!opens_here) return redirect_descriptor(changes, fd, request, keep);
                      const UniqueFd file = TETHER_TRY(open_here(changes, request));
                      return install_descriptor(changes, file.get(), fd, keep);
                    }};
  });
}

}  // namespace tether::cli
