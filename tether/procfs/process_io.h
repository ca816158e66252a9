#pragma once
// /proc/PID/io (proc(5)): how much a process has read and written.

#include <cstdint>
#include <string_view>

#include "tether/base/ids.h"
#include "tether/base/result.h"

namespace tether::procfs {

struct ProcessIo {
  std::uint64_t read_chars = 0;   ///< rchar: bytes that read(2) and its kin returned
  std::uint64_t write_chars = 0;  ///< wchar
  std::uint64_t read_calls = 0;   ///< syscr
  std::uint64_t write_calls = 0;  ///< syscw
  std::uint64_t read_bytes = 0;   ///< from storage
  std::uint64_t write_bytes = 0;  ///< to storage
};

/// Malformed if there is no rchar line.
Result<ProcessIo> parse_process_io(std::string_view text);

/// PermissionDenied without the right to trace the process (PTRACE_MODE_READ).
Result<ProcessIo> read_process_io(Pid pid);

}  // namespace tether::procfs
