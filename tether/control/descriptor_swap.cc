#include "tether/control/internal/descriptor_swap.h"

#include <cerrno>
#include <string>

#include "tether/control/descriptor_image.h"
#include "tether/control/epoll_registrations.h"
#include "tether/control/remote_descriptors.h"

namespace tether {

namespace {

Result<void> expect_unchanged(Pid pid, Fd at, const std::optional<DescriptorImage>& expected) {
  const auto now = TETHER_TRY(find_descriptor(pid, at));
  const bool is_same = now.has_value() == expected.has_value() && (!now || is_same_file(*now, *expected));
  if (is_same) return ok();
  return fail({.code = ErrorCode::Busy,
               .message = "the process itself changed descriptor " + std::to_string(at.value) + " meanwhile",
               .hint = "try again"});
}

}  // namespace

Result<DescriptorImage> swap_descriptor(Pid pid, const RemoteCallOptions& options, Fd at,
                                        const std::optional<DescriptorImage>& expected, const Place& place) {
  std::optional<DescriptorImage> after;
  TETHER_CHECK(with_stopped_process(pid, options, [&](RemoteCalls& calls) -> Result<void> {
    TETHER_CHECK(expect_unchanged(pid, at, expected));
    const auto registered = find_epoll_registrations(pid, at);
    auto placed = drop_epoll_registrations(calls, registered);
    if (placed.has_value()) placed = place(calls);
    auto renewed = renew_epoll_registrations(calls, registered);
    TETHER_CHECK(placed);
    TETHER_CHECK(renewed);
    after = TETHER_TRY(read_descriptor(pid, at));
    return ok();
  }));
  return std::move(*after);
}

}  // namespace tether
