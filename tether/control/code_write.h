#pragma once
// Writing code that may be running.
//
// All threads that execute it are held, none may stand within what is replaced, and a thread that is let go again
// fetches the new bytes: returning from the kernel serializes (Intel SDM vol. 3, 8.1.3). What is not looked at are
// return addresses on the stacks: a function that is replaced while it is being called from the replaced part returns
// into the new code.

#include <span>

#include "tether/base/ids.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"
#include "tether/control/change.h"
#include "tether/control/changes.h"

namespace tether {

/// Replaces the code at `address`. The process gets its own copy of the page; the file is never written. Errors:
/// NotFound where nothing is mapped; Unsupported in shared mappings; Busy if a thread stands within the range and does
/// not leave it within a second, or if a breakpoint stands in it; those of HeldMemory::seize, of the journal.
Result<void> write_code(Changes& changes, RemoteAddr address, std::span<const std::byte> code);

/// Puts `wanted` where `expected` stands. Errors as above; Busy if it does not stand there.
Result<void> replace_code(Pid pid, RemoteAddr address, std::span<const std::byte> expected,
                          std::span<const std::byte> wanted);

}  // namespace tether
