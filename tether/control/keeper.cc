#include "tether/control/keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <string>

#include "tether/control/internal/descriptor_directory.h"
#include "tether/procfs/task.h"
#include "tether/sys/pidfd.h"

namespace tether {

namespace {

constexpr const char* kKeeperName = "tether-keeper";  // comm, at most 15 bytes

/// The child's whole life. It may have been forked out of a program with other threads: nothing here allocates.
[[noreturn]] void be_keeper(int process, int kept, int answer) {
  ::setsid();
  for (const int signal : {SIGINT, SIGHUP, SIGTERM, SIGQUIT}) ::signal(signal, SIG_DFL);
  ::prctl(PR_SET_NAME, kKeeperName);
  ::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);  // Yama: a later tether, no ancestor of ours, takes what we keep
  [[maybe_unused]] const int at_root = ::chdir("/");
  // Now that it can be told from other processes.
  const pid_t self = ::getpid();
  if (::write(answer, &self, sizeof self) != sizeof self) ::_exit(1);
  const auto low = static_cast<unsigned>(std::min(process, kept));
  const auto high = static_cast<unsigned>(std::max(process, kept));
  if (low > 0) ::close_range(0, low - 1, 0);
  if (high > low + 1) ::close_range(low + 1, high - 1, 0);
  ::close_range(high + 1, std::numeric_limits<unsigned>::max(), 0);
  pollfd end{.fd = process, .events = POLLIN, .revents = 0};
  while (::poll(&end, 1, -1) < 0 && errno == EINTR) {
  }
  ::_exit(0);
}

/// Through a child that ends at once, so that nobody has to wait for the keeper.
[[noreturn]] void be_midwife(int process, int kept, int answer) {
  const pid_t keeper = ::fork();
  if (keeper == 0) be_keeper(process, kept, answer);
  ::_exit(keeper > 0 ? 0 : 1);
}

/// A pidfd of the keeper that the image means: by its name and by what it holds, since its id may have been given to
/// another process since.
Result<UniqueFd> find_keeper(const DescriptorImage& image) {
  const Error gone{.code = ErrorCode::NotFound, .message = "nothing is kept of " + image.link, .hint = {}};
  if (image.keeper == Pid()) return fail(gone);
  UniqueFd keeper = TETHER_TRY(sys::open_pidfd(image.keeper));
  if (procfs::read_comm(leader_of(image.keeper)) != kKeeperName) return fail(gone);
  const auto directory = DescriptorDirectory::open(image.keeper);
  const auto identity = directory.has_value() ? directory->find_identity(image.kept_as) : std::nullopt;
  if (!identity || identity->device != image.device || identity->inode != image.inode) return fail(gone);
  return keeper;
}

}  // namespace

Result<Kept> keep(Pid process, int ours) {
  const UniqueFd watched = TETHER_TRY(sys::open_pidfd(process));
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return fail(errno_error(errno, "pipe2"));
  const UniqueFd reader(fds[0]);
  UniqueFd writer(fds[1]);
  const pid_t midwife = ::fork();
  if (midwife < 0) return fail(errno_error(errno, "fork"));
  if (midwife == 0) be_midwife(watched.get(), ours, writer.get());
  writer.reset();
  pid_t keeper = -1;
  ssize_t got = 0;
  while ((got = ::read(reader.get(), &keeper, sizeof keeper)) < 0 && errno == EINTR) {
  }
  while (::waitpid(midwife, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (got != sizeof keeper || keeper < 0)
    return fail(errno_error(EAGAIN, "starting a process that keeps a descriptor"));
  return Kept{.keeper = Pid(keeper), .fd = Fd(ours)};
}

Result<UniqueFd> take_kept(const DescriptorImage& image) {
  const UniqueFd keeper = TETHER_TRY(find_keeper(image));
  return sys::take_descriptor(keeper, image.kept_as);
}

void release_kept(const DescriptorImage& image) {
  const auto keeper = find_keeper(image);
  if (keeper.has_value()) [[maybe_unused]]
    const auto ended = sys::send_signal(*keeper, Signal(SIGKILL));
}

}  // namespace tether
