#pragma once
// DescriptorTee: copying what flows through a descriptor of a process, while it goes on flowing.
//
// The descriptor is made to refer to a channel whose other end is here: a pipe, for a terminal a pseudoterminal, for a
// connection a pair of sockets. What comes out of it goes to where it went before, and a copy to a file. When the tee
// ends the process has its own descriptor again, and nothing that was under way is lost.
//
//   DescriptorTee tee = TETHER_TRY(DescriptorTee::begin(changes, Fd(1), {.copy = file.get()}));
//   TETHER_CHECK(tee.run(front));                                  // until tether is to end, or the process does

#include <optional>
#include <span>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/base/unique_fd.h"
#include "tether/control/changes.h"
#include "tether/control/guardian.h"
#include "tether/control/tee_channel.h"

namespace tether {

struct TeeOptions {
  int copy = -1;  ///< where copies are written; not closed
  TeeChannel::Files files = TeeChannel::Files::OnlyAppended;
};

class DescriptorTee {
 public:
  /// Puts the channel in the descriptor's place. Errors: those of make_tee_channel() and install_descriptor(). In a dry
  /// run nothing is put anywhere, and there is nothing to run.
  static Result<DescriptorTee> begin(Changes& changes, Fd fd, const TeeOptions& options);

  /// Relays until the front is ending, the process has ended, or what it reads has; then puts the descriptor back. As
  /// long as other processes hold the channel too (children that inherited it) it goes on relaying for them. Errors: of
  /// writing the copy, after the descriptor has been put back; of putting it back.
  Result<void> run(Front& front);

 private:
  /// One way through the channel.
  struct Way {
    int from = -1;  ///< none
    int to = -1;
    std::vector<char> waiting;  ///< read, and not yet written
    bool may_read = true;
  };

  DescriptorTee(Changes& changes, Fd fd, const TeeOptions& options, UniqueFd original, TeeChannel channel);
  static bool is_open(const Way& way) { return way.from >= 0 && (way.may_read || !way.waiting.empty()); }
  void await_work(Front& front, int process);
  void relay(Way& way);
  bool read_into(Way& way);
  bool write_from(Way& way);
  void copy(std::span<const char> bytes);
  bool is_taken() const;
  Result<void> empty_outbound();
  void put_back();

  Changes* changes_;
  Fd fd_;
  TeeOptions options_;
  UniqueFd original_;
  TeeChannel channel_;
  Way outbound_;  ///< what the process writes
  Way inbound_;   ///< what it reads
  bool is_ending_ = false;
  bool is_back_ = false;
  std::optional<Error> failure_;
};

}  // namespace tether
