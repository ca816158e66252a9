#pragma once
// LiveTracee: a stopped tracee, as a CapturePolicy may look at it.

#include <cstdint>
#include <string>
#include <unordered_map>

#include "tether/engine/ptrace/fd_details.h"
#include "tether/event/capture_policy.h"

namespace tether {

class LiveTracee final : public CaptureSource {
 public:
  /// Points at another tracee; it must be in a ptrace-stop while this object is read.
  void set_tid(Tid tid) { tid_ = tid; }

  std::size_t read_some(RemoteAddr addr, std::span<std::byte> out) override;
  std::size_t read_fd_link(Fd fd, std::span<char> out) override;
  std::size_t read_fd_protocol(Fd fd, std::span<char> out) override;
  std::size_t read_fd_details(Fd fd, std::string_view link, std::span<char> out) override;
  std::size_t read_interface_name(std::uint32_t index, std::span<char> out) override;
  std::size_t read_process_name(Pid pid, std::span<char> out) override;

 private:
  std::string find_netlink_protocol(std::uint64_t inode);

  Tid tid_;
  FdDetails details_;
  std::unordered_map<std::uint64_t, std::string> netlink_by_inode_;
};

}  // namespace tether
