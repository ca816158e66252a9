#pragma once
// Which program a process runs: an exec leaves its id and its start time as they were, but nothing of its memory.

#include <string>

#include "tether/base/ids.h"

namespace tether {

/// A text that is another one after an exec: the executable's device and inode, and where the kernel has put the program's
/// parts (proc(5), auxv), which it draws by lot. Only a program that executes itself without address space randomization
/// cannot be told from what it was before. Empty where it is not to be had: without the right to ptrace(2) the process,
/// and when its first thread has ended.
std::string program_image(Pid pid);

}  // namespace tether
