#pragma once
// The notes of a core file: what is known of a process and its threads.

#include <string>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/procfs/maps.h"
#include "tether/tracee/hold.h"

namespace tether::internal {

/// The PT_NOTE segment of a process whose threads are held: NT_PRSTATUS, NT_PRPSINFO, NT_SIGINFO, NT_AUXV, NT_FILE, and
/// for each thread NT_FPREGSET and NT_X86_XSTATE; of the first thread first, as the kernel has it. `word` is 4 or 8.
Result<std::string> core_notes(Pid pid, HeldProcess& held, const std::vector<procfs::Mapping>& maps, std::size_t word);

/// Which life of which process a snapshot is of: a note of tether's own.
std::string snapshot_note(const std::string& life);

}  // namespace tether::internal
