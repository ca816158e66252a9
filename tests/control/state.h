#pragma once
// What must be the same about a process before and after.

#include <sys/types.h>

#include <ostream>
#include <string>

namespace tether::testing {

/// Its mappings (addresses, permissions, files), its descriptors (where they point, their flags), and the signal masks,
/// dispositions and states of its threads.
struct ProcessState {
  std::string maps;
  std::string descriptors;
  std::string signals;
  friend bool operator==(const ProcessState&, const ProcessState&) = default;
};

/// Read again until it stands still for a moment: a tracee may be opening something just then.
ProcessState read_state(pid_t pid);

/// Reads it until it is `expected`, since a thread in a call such as ppoll has another mask for that time, and says how
/// it was at last.
ProcessState read_state_until(pid_t pid, const ProcessState& expected);

void PrintTo(const ProcessState& state, std::ostream* out);  ///< for GoogleTest

}  // namespace tether::testing
