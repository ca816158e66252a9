#pragma once
// Core files of living processes: ELF, as the kernel writes them (elf(5), fs/binfmt_elf.c), so that gdb and all that
// reads cores opens them. A file of some memory alone, without threads, is a core, too: that is what a snapshot is.
//
//   const CoreOutcome outcome = TETHER_TRY(write_core(pid, "core.1234", {}));
//   const CoreOutcome saved = TETHER_TRY(write_snapshot(pid, "before", {"writable"}, {}));
//
// Zero pages are holes in the file. Memory is read without a stop unless asked otherwise: then the file shows each page
// at the moment at which it was come to, not one moment.

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"

namespace tether {

struct CoreOptions {
  /// Registers: threads are held only while their registers are copied. Memory, too: until the file is written.
  enum class Hold : std::uint8_t { ForRegisters, ForMemory } hold = Hold::ForRegisters;
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;
};

struct CoreOutcome {
  std::uint64_t size = 0;        ///< of the file, holes included
  std::uint64_t written = 0;     ///< bytes of it that are no hole
  std::uint64_t unreadable = 0;  ///< bytes of memory that could not be read, and are holes
  std::size_t threads = 0;
  std::vector<Tid> left_out;  ///< threads that could not be held (state D), which it therefore lacks
  std::chrono::nanoseconds held{0};
};

/// The whole process: all its memory, all its threads' registers. It appears under `path` only when it is whole.
/// Errors: those of HeldProcess::seize; Io; Unsupported if a 32-bit process does not fit a 32-bit file.
Result<CoreOutcome> write_core(Pid pid, const std::string& path, const CoreOptions& options);

/// The memory that `only` means (select_ranges) and nothing else; nobody is held.
Result<CoreOutcome> write_snapshot(Pid pid, const std::string& path, const std::vector<std::string>& only,
                                   const CoreOptions& options);

/// The bytes of [start, end) in a file of that length, zero pages and what cannot be read as holes.
Result<CoreOutcome> write_range(Pid pid, const std::string& path, const std::vector<std::string>& only,
                                const CoreOptions& options);

}  // namespace tether
