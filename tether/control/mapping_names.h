#pragma once
// What each mapping of a process is, in words: a file, a thread's stack, the guard below it.
//
//   const auto uses = TETHER_TRY(procfs::read_smaps(pid));
//   const auto names = name_mappings(uses, read_stack_pointers(pid));       // names[i] is that of uses[i]

#include <span>
#include <string>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"
#include "tether/procfs/smaps.h"

namespace tether {

/// Where a thread's stack ends now.
struct StackPointer {
  Tid tid;
  RemoteAddr address;
};

/// Those of the threads that are blocked in the kernel: of one that runs nothing can be told without stopping it. Empty
/// without the right to trace the process.
std::vector<StackPointer> read_stack_pointers(Pid pid);

/// One name for each mapping, which must be ascending. A file's name is followed by "+0x1000", the offset, if that is
/// not 0, and by " (deleted)". Names that tether gives, and not the kernel, are in brackets too: "[thread 4243 stack]",
/// "[guard]" (a small inaccessible one below something writable), "[reserved]" (any other that is inaccessible),
/// "[shared anonymous]", "[anonymous]". Bytes that a process chose are not escaped.
std::vector<std::string> name_mappings(std::span<const procfs::MappingUse> uses, std::span<const StackPointer> stacks);

}  // namespace tether
