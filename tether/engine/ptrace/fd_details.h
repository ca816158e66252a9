#pragma once
// FdDetails: what more there is to say of a descriptor than where its link in /proc points (-yy): the numbers of a
// device, both ends of a socket, the process of a pidfd.
//
//   FdDetails details;
//   details.describe(tid, "/proc/42/fd/3", "socket:[77]", "TCP")   // "TCP:[127.0.0.1:80->127.0.0.1:4242]"
//
// Sockets are asked for by sock_diag(7) in the network namespace of their process, all of a kind at once, since the
// kernel does not find one by its inode. What will not change any more, since the socket is connected or listening, is
// remembered.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tether/base/ids.h"
#include "tether/base/unique_fd.h"
#include "tether/sys/socket_diag.h"

namespace tether {

class FdDetails {
 public:
  /// `path`: /proc/TID/fd/N; `link`: what it links to; `protocol`: of a socket, as its "system.sockprotoname" has it.
  /// In printable characters; in angle brackets if it stands beside the link, else it says more than the link does.
  /// Empty if nothing is known.
  std::string describe(Tid tid, Fd fd, const char* path, std::string_view link, std::string_view protocol);

 private:
  struct Known {
    std::string text;
    bool is_final = false;
  };

  std::string describe_socket(Tid tid, std::uint64_t inode, std::string_view protocol);
  std::optional<Known> look_up(Tid tid, std::uint64_t inode, std::string_view protocol);
  int diag_of(Tid tid);

  std::unordered_map<std::uint64_t, UniqueFd> diags_;       ///< by the inode of a network namespace; may not be open
  std::unordered_map<std::uint64_t, std::string> sockets_;  ///< final ones, by inode
};

}  // namespace tether
