#pragma once
// The notes of a core file: what is known of a process and its threads.

#include <string>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/procfs/maps.h"
#include "tether/tracee/hold.h"

namespace tether::internal {

/// What only a held thread tells: its registers as the kernel gives them, and the signal that it was about to get.
struct ThreadImage {
  Tid tid;
  std::string general;
  std::string floating_point;
  std::string extended_floating_point;  ///< NT_PRXFPREG, of 32-bit code
  std::string extended;                 ///< NT_X86_XSTATE; empty where the processor has none
  Signal signal;
  SigInfoBytes signal_info{};
};

/// Of all threads that are held, the first of the process first. Short: they stand still meanwhile.
std::vector<ThreadImage> copy_threads(HeldProcess& held);

/// The PT_NOTE segment: NT_PRSTATUS, NT_PRPSINFO, NT_SIGINFO, NT_AUXV, NT_FILE, and for each thread NT_FPREGSET and
/// NT_X86_XSTATE; in the kernel's order. `word` is 4 or 8. Busy if there is no thread.
Result<std::string> core_notes(Pid pid, const std::vector<ThreadImage>& threads,
                               const std::vector<procfs::Mapping>& maps, std::size_t word);

/// Which life of which process a snapshot is of: a note of tether's own.
std::string snapshot_note(const std::string& life);

}  // namespace tether::internal
