#include "tether/sys/process_memory.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "tether/base/unique_fd.h"

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

namespace {

Error write_error(int err, Tid tid) {
  const std::string what = "writing the memory of process " + std::to_string(tid.value);
  // One errno for both: nothing mapped, and a shared page that may not be written (mm/memory.c, __access_remote_vm).
  if (err == EIO || err == EFAULT)
    return {.code = ErrorCode::NotFound, .sys_errno = err, .message = what + ": no writable page there", .hint = {}};
  return errno_error(err, what);
}

}  // namespace

Result<void> write_process_memory(Tid tid, RemoteAddr addr, std::span<const std::byte> bytes) {
  const std::string path = "/proc/" + std::to_string(tid.value) + "/mem";
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.is_open()) return fail(write_error(errno == ENOENT ? ESRCH : errno, tid));
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(addr.value));
    if (put < 0) return fail(write_error(errno, tid));
    if (put == 0)  // the address space is gone: every thread has ended
      return fail({.code = ErrorCode::TraceeGone, .sys_errno = ESRCH, .message = "the tracee is gone", .hint = {}});
    bytes = bytes.subspan(static_cast<std::size_t>(put));
    addr = addr + static_cast<std::uint64_t>(put);
  }
  return ok();
}

}  // namespace tether::sys
