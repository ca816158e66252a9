#pragma once
// The size of a program's pointers, by the header of its executable.

#include <cstddef>

#include "tether/base/ids.h"
#include "tether/base/result.h"

namespace tether::procfs {

/// 8 or 4: EI_CLASS of /proc/PID/exe (elf(5)). What the program was started as: a thread may run code of the other kind
/// for a while. Errors: NotFound, TraceeGone if there is no such task; PermissionDenied without the right to ptrace(2)
/// it; Malformed if its executable is no ELF file.
Result<std::size_t> read_word_size(Tid tid);

}  // namespace tether::procfs
