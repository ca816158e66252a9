#pragma once
// Writing another process's memory, with a way back.

#include <span>

#include "tether/base/ids.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"
#include "tether/control/change.h"
#include "tether/control/changes.h"

namespace tether {

/// Replaces the bytes at `address`, read-only and code pages included (a private copy of the page; never the file).
/// Nothing is written unless all of it can be read before. Errors: those of read_replaceable() (clean_memory.h);
/// those of sys::write_process_memory; those of the journal.
Result<void> write_memory(Changes& changes, RemoteAddr address, std::span<const std::byte> bytes);

/// What to do about memory that is a file's: what is written there, the file gets.
enum class SharedFiles : std::uint8_t { Refuse, Write };

/// The same for bytes that a user wants somewhere: refuses what would change a file, and where code stands holds all
/// threads that may run it (code_write.h). Errors: Unsupported for a shared mapping of a file; those of write_memory
/// and write_code.
Result<void> write_checked(Changes& changes, RemoteAddr address, std::span<const std::byte> bytes, SharedFiles files);

/// Puts the former bytes back; code, while no thread runs it. Busy if the bytes are neither the former nor the new
/// ones.
Result<void> undo(Pid pid, const MemoryChange& change, UndoMode mode);

}  // namespace tether
