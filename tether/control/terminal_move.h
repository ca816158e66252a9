#pragma once
// Moving a program from the terminal that it was started on to another one.
//
//   const auto found = TETHER_TRY(find_terminal_use(pid));
//   TETHER_CHECK(move_to_terminal(changes, found, slave.get()));

#include <cstdint>
#include <optional>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/base/unique_fd.h"
#include "tether/control/changes.h"

namespace tether {

/// A process's descriptors on its terminal.
struct TerminalUse {
  std::uint64_t device = 0;  ///< which terminal (dev_t)
  std::vector<Fd> descriptors;
  UniqueFd terminal;  ///< a copy of the first of them
};

/// The descriptors of the process that are on its controlling terminal; if it has none, or none of them is, on the
/// first terminal among 0, 1 and 2. NotFound if none is on a terminal.
Result<TerminalUse> find_terminal_use(Pid pid);

/// Those of the process that are on the terminal `device`; empty if there are none or they cannot be looked at.
std::vector<Fd> find_descriptors_on(Pid pid, std::uint64_t device);

/// Makes these descriptors refer to `terminal`, a descriptor of ours. Errors: those of install_descriptor().
Result<void> move_to_terminal(Changes& changes, const std::vector<Fd>& descriptors, int terminal);

}  // namespace tether
