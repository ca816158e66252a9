#pragma once
// What each mapping of a process is, in words: a file, a thread's stack, the guard below it.
//
//   const auto uses = TETHER_TRY(procfs::read_smaps(pid));
//   const auto names = name_mappings(uses, find_stacks(pid));               // names[i] is that of uses[i]

#include <span>
#include <string>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"
#include "tether/procfs/smaps.h"

namespace tether {

/// An address in the mapping that holds a thread's stack.
struct StackPlace {
  Tid tid;
  RemoteAddr address;
};

/// The stack pointers of the threads that are blocked in the kernel. Of one that runs nobody can tell that without
/// stopping it; but glibc and musl keep what they know of a thread at the upper end of its stack, the head of its list
/// of robust locks included, which the kernel tells of 64-bit threads. Empty without the right to trace the process.
std::vector<StackPlace> find_stacks(Pid pid);

/// One name for each mapping, which must be ascending. A file's name is followed by "+0x1000", the offset, if that is
/// not 0, and by " (deleted)". Names that tether gives, and not the kernel, are in brackets too: "[thread 4243 stack]",
/// "[guard]" (a small inaccessible one below something writable), "[reserved]" (any other that is inaccessible),
/// "[shared anonymous]", "[anonymous]". Bytes that a process chose are not escaped.
std::vector<std::string> name_mappings(std::span<const procfs::MappingUse> uses, std::span<const StackPlace> stacks);

}  // namespace tether
