#pragma once
// Another process's memory, by process_vm_readv(2): no stop needed, one system call for the whole read.

#include "tether/base/ids.h"
#include "tether/base/memory_reader.h"
#include "tether/base/result.h"

namespace tether::sys {

/// Reads the memory of one process. Needs the rights of PTRACE_MODE_ATTACH_REALCREDS, which a tracer has. Linux ≥ 3.2.
class ProcessMemory final : public MemoryReader {
 public:
  explicit ProcessMemory(Tid tid) : tid_(tid) {}
  std::size_t read_some(RemoteAddr addr, std::span<std::byte> out) override;

 private:
  Tid tid_;
};

/// The same as a function, for callers that have no object at hand.
std::size_t read_process_memory(Tid tid, RemoteAddr addr, std::span<std::byte> out);

/// Writes all of `bytes` at `addr`; also into private pages that the process itself cannot write, as a debugger does:
/// /proc/PID/mem gives the process its own copy of the page (proc(5)). Needs no stop. Errors: TraceeGone,
/// PermissionDenied; NotFound (EIO) where nothing is mapped or a shared mapping is not writable: the bytes before that
/// page have been written.
Result<void> write_process_memory(Tid tid, RemoteAddr addr, std::span<const std::byte> bytes);

}  // namespace tether::sys
