#pragma once
// The registrations of a descriptor with the process's epoll instances.
//
// epoll knows an open file description, not a number (epoll(7), "Questions and answers", 6): when a descriptor is made
// to refer to something else, epoll would go on to report the old file, for as long as anybody holds it open, and
// nothing of the new one. So registrations move with the number.
//
//   const auto registered = find_epoll_registrations(pid, fd);
//   TETHER_CHECK(drop_epoll_registrations(calls, registered));
//   … dup3 …
//   TETHER_CHECK(renew_epoll_registrations(calls, registered));

#include <cstdint>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/control/remote_calls.h"

namespace tether {

struct EpollRegistration {
  Fd epoll;
  Fd fd;
  std::uint32_t events = 0;
  std::uint64_t data = 0;
};

/// Those of the process's own epoll descriptors, for what `fd` refers to now. Empty if they cannot be read.
std::vector<EpollRegistration> find_epoll_registrations(Pid pid, Fd fd);

/// EPOLL_CTL_DEL of each. One that has gone meanwhile is no failure.
Result<void> drop_epoll_registrations(RemoteCalls& calls, const std::vector<EpollRegistration>& all);

/// EPOLL_CTL_ADD of each, for what the number refers to now. A file that epoll does not take (EPERM: it is always
/// ready) is no failure.
Result<void> renew_epoll_registrations(RemoteCalls& calls, const std::vector<EpollRegistration>& all);

}  // namespace tether
