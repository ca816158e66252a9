#pragma once
// PeerSearch: who holds the other ends. One pass over the descriptors of all processes answers for any number of them.

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/control/descriptor_list.h"
#include "tether/control/internal/descriptor_directory.h"

namespace tether {

class PeerSearch {
 public:
  /// Wants the peers of a process's descriptor. `peer_socket`: the inode of the socket at its other end, 0 if none.
  void want(Pid pid, const Descriptor& descriptor, std::uint64_t peer_socket);

  /// Reads the descriptors of all processes. Returns how many processes could not be looked into. Errors: Io.
  Result<std::size_t> run();

  /// What was found for what was wanted, ordered by process and number.
  std::vector<Peer> find(Pid pid, const Descriptor& descriptor, std::uint64_t peer_socket) const;

 private:
  struct Holder {
    Pid pid;
    Fd fd;
    unsigned access = 0;
  };
  /// How the other end is called in `holders_`; empty if there is no other end to be found.
  std::string key_of_other_end(Pid pid, const Descriptor& descriptor, std::uint64_t peer_socket) const;
  void examine(Pid pid, const DescriptorDirectory& directory, Fd fd);
  std::string key_of(Pid pid, const DescriptorDirectory& directory, Fd fd, const std::string& link) const;

  std::unordered_map<std::string, std::vector<Holder>> holders_;
  std::unordered_map<Pid, std::string> names_;
  bool wants_files_ = false;  ///< named pipes, slaves: told by what the file is, not by its path
  bool wants_masters_ = false;
};

}  // namespace tether
