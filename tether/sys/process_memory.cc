#include "tether/sys/process_memory.h"

#include <sys/uio.h>

namespace tether::sys {

std::size_t read_process_memory(Tid tid, RemoteAddr addr, std::span<std::byte> out) {
  if (out.empty()) return 0;
  const iovec local{out.data(), out.size()};
  // One iovec suffices: within it the kernel stops at the first unreadable page and says how much it copied.
  const iovec remote{reinterpret_cast<void*>(addr.value), out.size()};
  const ssize_t got = ::process_vm_readv(tid.value, &local, 1, &remote, 1, 0);
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

std::size_t ProcessMemory::read_some(RemoteAddr addr, std::span<std::byte> out) {
  return read_process_memory(tid_, addr, out);
}

}  // namespace tether::sys
