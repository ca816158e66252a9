#include <fcntl.h>

#include <string>

#include "tether/cli/fd_change.h"
#include "tether/cli/sub_verbs.h"
#include "tether/control/descriptor_image.h"
#include "tether/procfs/fdinfo.h"

namespace tether::cli {

namespace {

constexpr std::string_view kFdRedirectUsage =
    "usage: tether fd redirect [OPTIONS] PID FD PATH\n"
    "       tether fd redirect [OPTIONS] PID FD PID2:FD2\n\n"
    "Makes an open descriptor of a process refer to another file, or to what a descriptor of another process refers "
    "to: "
    "the output of a running server into a new log. What it writes is appended; the file is made if there is none. "
    "PATH "
    "is looked up by the process: in its root, from its working directory, with its rights. A PATH that looks like "
    "PID2:FD2 is written as ./PID2:FD2.\n\nOptions:\n";

constexpr std::uint32_t kAnyAccess = O_ACCMODE;  // no file is opened with it

/// A terminal or a socket, which can be read and written, and a pipe.
bool has_two_ends(const DescriptorImage& image) {
  return !image.link.starts_with('/') || image.link.starts_with("/dev/");
}

/// How the new file is to be opened: for what the old one was open for. Standard input, and what else can be read and
/// written but has no two ways on disk (a terminal, a socket), is used in one direction.
std::uint32_t flags_for(Fd fd, const DescriptorImage& before, bool truncates) {
  constexpr std::uint32_t kWriting = O_APPEND | O_CREAT;
  std::uint32_t access = before.flags & O_ACCMODE;
  if (access == O_RDWR && has_two_ends(before)) access = fd == Fd(0) ? O_RDONLY : O_WRONLY;
  access |= procfs::large_file_flag();  // a 64-bit process has it anyway, a 32-bit one wants it for a log that grows
  if ((access & O_ACCMODE) == O_RDONLY) return access;
  return access | kWriting | (truncates ? O_TRUNC : 0);
}

/// What the process does with the descriptor must go on working.
Result<void> check_access(Pid pid, Fd fd, std::uint32_t wanted, std::uint32_t got) {
  const std::uint32_t access = got & O_ACCMODE;
  if (wanted == kAnyAccess || ((got & O_PATH) == 0 && (access == O_RDWR || access == wanted))) return ok();
  const std::string number = std::to_string(fd.value);
  return fail(
      {.code = ErrorCode::Unsupported,
       .message = "descriptor " + number + " of process " + std::to_string(pid.value) + " is there for " +
                  (wanted == O_RDONLY ? "reading" : "writing") +
                  ", and what it would refer to is not open for that: each use of it would fail (EBADF)",
       .hint =
           "--force does it all the same; `tether fd open` opens a file as you say, `tether fd dup` puts it in place"});
}

/// Standard output and standard error are for writing, even where the old file is open for reading alone.
std::uint32_t wanted_access(Fd fd, const DescriptorImage& before) {
  if (fd == Fd(1) || fd == Fd(2)) return O_WRONLY;
  const bool is_one_way_of_two = fd != Fd(0) && (before.flags & O_ACCMODE) == O_RDWR && has_two_ends(before);
  return is_one_way_of_two ? kAnyAccess : flags_for(fd, before, false) & O_ACCMODE;
}

}  // namespace

int run_fd_redirect(const Invocation& invocation) {
  const FdVerb verb{.usage = kFdRedirectUsage,
                    .synopsis = "PID FD PATH, or PID FD PID2:FD2",
                    .least_words = 2,
                    .most_words = 2,
                    .options = FdOptions::Redirecting};
  return run_fd_change(invocation, verb, [](const FdWords& in) -> Result<FdChange> {
    const Fd fd = TETHER_TRY(parse_fd(in.words[0]));
    const DescriptorImage before = TETHER_TRY(read_descriptor(in.pid, fd));
    const Keep keep = in.settings.keep;
    const bool is_forced = in.settings.change.is_forced;
    const std::uint32_t wanted = wanted_access(fd, before);
    if (const auto foreign = find_foreign_descriptor(in.words[1]))
      return FdChange{.pid = in.pid, .work = [=, from = *foreign](Changes& changes, Front&) -> Result<void> {
                        const UniqueFd copy = TETHER_TRY(borrow_descriptor(from.pid, from.fd));
                        const auto flags = static_cast<std::uint32_t>(::fcntl(copy.get(), F_GETFL));
                        if (!is_forced) TETHER_CHECK(check_access(changes.pid(), fd, wanted, flags));
                        return install_descriptor(changes, copy.get(), fd, keep);
                      }};
    const OpenRequest request{.path = in.words[1], .flags = flags_for(fd, before, in.settings.truncates)};
    if (!is_forced) TETHER_CHECK(check_access(in.pid, fd, wanted, request.flags));
    const bool opens_here = in.settings.opens_here && !in.settings.change.is_dry_run;
    return FdChange{.pid = in.pid, .work = [fd, keep, request, opens_here](Changes& changes, Front&) -> Result<void> {
                      if (!opens_here) return redirect_descriptor(changes, fd, request, keep);
                      const UniqueFd file = TETHER_TRY(open_here(changes, request));
                      return install_descriptor(changes, file.get(), fd, keep);
                    }};
  });
}

}  // namespace tether::cli
