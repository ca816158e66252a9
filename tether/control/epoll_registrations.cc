#include "tether/control/epoll_registrations.h"

#include <sys/epoll.h>

#include <cerrno>
#include <span>
#include <string>

#include "tether/control/internal/descriptor_directory.h"
#include "tether/control/scratch.h"
#include "tether/procfs/fdinfo.h"
#include "tether/procfs/task.h"

namespace tether {

namespace {

constexpr std::string_view kEpollLink = "anon_inode:[eventpoll]";

Result<void> control(RemoteCalls& calls, int operation, const EpollRegistration& registration, RemoteAddr event) {
  const auto result = TETHER_TRY(
      calls.call(RemoteCall::EpollCtl,
                 {static_cast<std::uint64_t>(registration.epoll.value), static_cast<std::uint64_t>(operation),
                  static_cast<std::uint64_t>(registration.fd.value), event.value, 0, 0}));
  if (result == -ENOENT || result == -EPERM || result == -EEXIST) return ok();
  TETHER_TRY(checked(result, "epoll_ctl of descriptor " + std::to_string(registration.fd.value) + " in the process"));
  return ok();
}

}  // namespace

std::vector<EpollRegistration> find_epoll_registrations(Pid pid, Fd fd) {
  std::vector<EpollRegistration> found;
  const auto directory = DescriptorDirectory::open(pid);
  const auto identity = directory.has_value() ? directory->find_identity(fd) : std::nullopt;
  if (!identity) return found;
  for (const Fd epoll : directory->list()) {
    if (directory->find_link(epoll) != kEpollLink) continue;
    const auto info = procfs::read_fdinfo(procfs::living_task_of(pid), epoll);
    const auto* special = info.has_value() ? std::get_if<procfs::EpollInfo>(&info->special) : nullptr;
    if (special == nullptr) continue;
    for (const procfs::EpollTarget& target : special->targets)
      if (target.fd == fd && target.inode == identity->inode)
        found.push_back({.epoll = epoll, .fd = fd, .events = target.events, .data = target.data});
  }
  return found;
}

Result<void> drop_epoll_registrations(RemoteCalls& calls, const std::vector<EpollRegistration>& all) {
  for (const EpollRegistration& registration : all)
    TETHER_CHECK(control(calls, EPOLL_CTL_DEL, registration, RemoteAddr()));
  return ok();
}

Result<void> renew_epoll_registrations(RemoteCalls& calls, const std::vector<EpollRegistration>& all) {
  if (all.empty()) return ok();
  Scratch scratch = TETHER_TRY(Scratch::map(calls, 1));
  for (const EpollRegistration& registration : all) {
    // struct epoll_event is packed on x86-64, so that i386's is the same (include/uapi/linux/eventpoll.h).
    epoll_event event{};
    event.events = registration.events;
    event.data.u64 = registration.data;
    scratch.clear();
    const RemoteAddr where = TETHER_TRY(scratch.put(std::as_bytes(std::span(&event, 1))));
    TETHER_CHECK(control(calls, EPOLL_CTL_ADD, registration, where));
  }
  return ok();
}

}  // namespace tether
