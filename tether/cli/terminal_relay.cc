#include "tether/cli/terminal_relay.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>

#include "tether/control/tee_channel.h"

namespace tether::cli {

namespace {

/// Our terminal is raw for as long as this lives.
class RawTerminal {
 public:
  RawTerminal() {
    is_set_ = ::tcgetattr(STDIN_FILENO, &former_) == 0;
    termios raw = former_;
    ::cfmakeraw(&raw);
    if (is_set_) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
  }
  ~RawTerminal() {
    if (is_set_) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &former_);
  }
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

 private:
  termios former_{};
  bool is_set_ = false;
};

/// Tells of SIGWINCH as something to read.
UniqueFd watch_size() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGWINCH);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  return UniqueFd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

void write_all(int fd, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t written = ::write(fd, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    bytes += written;
    size -= static_cast<std::size_t>(written);
  }
}

std::optional<RelayEnd> pass_typed(int master) {
  char typed[4096];
  const ssize_t got = ::read(STDIN_FILENO, typed, sizeof typed);
  if (got < 0 && errno == EINTR) return std::nullopt;
  if (got <= 0) return RelayEnd::Escaped;
  const char* escape = std::find(typed, typed + got, kEscapeKey);
  write_all(master, typed, static_cast<std::size_t>(escape - typed));
  return escape == typed + got ? std::nullopt : std::optional(RelayEnd::Escaped);
}

std::optional<RelayEnd> pass_shown(int master) {
  char shown[65536];
  const ssize_t got = ::read(master, shown, sizeof shown);
  if (got < 0 && errno == EINTR) return std::nullopt;
  if (got <= 0) return RelayEnd::Closed;  // EIO: no slave is open
  write_all(STDOUT_FILENO, shown, static_cast<std::size_t>(got));
  return std::nullopt;
}

}  // namespace

Result<PseudoTerminal> open_pseudo_terminal() {
  PseudoTerminal pair{.master = UniqueFd(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)), .slave = {}};
  char name[64];
  if (!pair.master.is_open() || ::grantpt(pair.master.get()) != 0 || ::unlockpt(pair.master.get()) != 0 ||
      ::ptsname_r(pair.master.get(), name, sizeof name) != 0)
    return fail(errno_error(errno, "making a pseudoterminal"));
  pair.slave = UniqueFd(::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!pair.slave.is_open()) return fail(errno_error(errno, std::string("opening ") + name));
  copy_window_size(STDIN_FILENO, pair.master.get());
  return pair;
}

Result<RelayEnd> relay_terminal(int master, Front& front) {
  const UniqueFd size = watch_size();
  const RawTerminal raw;
  for (;;) {
    pollfd entries[] = {{.fd = front.descriptor(), .events = POLLIN, .revents = 0},
                        {.fd = master, .events = POLLIN, .revents = 0},
                        {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
                        {.fd = size.get(), .events = POLLIN, .revents = 0}};
    if (::poll(entries, std::size(entries), -1) < 0) {
      if (errno == EINTR) continue;
      return fail(errno_error(errno, "poll"));
    }
    std::optional<RelayEnd> end;
    if (entries[1].revents != 0) end = pass_shown(master);
    if (!end && entries[2].revents != 0) end = pass_typed(master);
    if (!end && entries[0].revents != 0) end = RelayEnd::FrontEnds;
    if (end) return *end;
    if (entries[3].revents == 0) continue;
    signalfd_siginfo info;
    [[maybe_unused]] const ssize_t got = ::read(size.get(), &info, sizeof info);
    copy_window_size(STDIN_FILENO, master);
  }
}

}  // namespace tether::cli
