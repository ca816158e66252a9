#include "tether/cli/patient_output.h"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace tether::cli {

bool PatientOutput::give_up(int error) {
  error_ = error;
  return false;
}

bool PatientOutput::write(std::string_view text) {
  while (!text.empty()) {
    pollfd fds[] = {{.fd = fd_, .events = POLLOUT, .revents = 0}, {.fd = ending_, .events = POLLIN, .revents = 0}};
    if (::poll(fds, 2, -1) < 0) {
      if (errno == EINTR) continue;
      return give_up(errno);
    }
    if ((fds[0].revents & POLLNVAL) != 0) return give_up(EBADF);
    if ((fds[0].revents & POLLERR) != 0) return give_up(EPIPE);
    if ((fds[0].revents & POLLOUT) == 0) {
      if (fds[1].revents != 0) return false;
      continue;
    }
    // As much as a pipe that is ready takes without blocking (pipe(7), PIPE_BUF).
    const ssize_t put = ::write(fd_, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
    if (put < 0 && errno != EINTR && errno != EAGAIN) return give_up(errno);
    if (put > 0) text.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

}  // namespace tether::cli
