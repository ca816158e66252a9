#pragma once
// CapturePolicy: the seam between engines and knowledge. Which bytes to copy while a tracee is stopped.
//
// An engine knows how to stop a tracee and read it, not what its registers mean; the descriptions know the meaning, but
// must not hold a live process. So an engine is given a CapturePolicy (implemented by decode/capture.h, or by a test),
// calls it at each syscall stop, and resumes the tracee as soon as it returns. What the policy copied travels in the
// RawEvent.

#include <cstddef>
#include <span>
#include <string_view>

#include "tether/base/ids.h"
#include "tether/base/memory_reader.h"
#include "tether/event/raw_event.h"

namespace tether {

/// A stopped tracee, as far as a capture may look at it.
class CaptureSource : public MemoryReader {
 public:
  /// What /proc/PID/fd/N (AT_FDCWD: /proc/PID/cwd) links to, and how many bytes of `out` it took; 0 if unknown.
  virtual std::size_t read_fd_link(Fd fd, std::span<char> out) = 0;

  /// The socket protocol of a descriptor as "NETLINK:16", "TCP" …, 0 bytes if it is no socket or unknown.
  virtual std::size_t read_fd_protocol(Fd fd, std::span<char> out) = 0;

  /// What more there is to say of a descriptor that links to `link`: "<char 1:3>" of a device, "TCP:[127.0.0.1:80]" of
  /// a socket, "pid:12" of a pidfd, in printable characters; 0 bytes if nothing.
  virtual std::size_t read_fd_details(Fd fd, std::string_view link, std::span<char> out) = 0;

  /// The name of a network interface in the tracer's network namespace, 0 bytes if there is none of that index.
  virtual std::size_t read_interface_name(std::uint32_t index, std::span<char> out) = 0;

  /// The name of a process or thread that the tracee knows by this id, 0 bytes if there is none or it cannot be told.
  virtual std::size_t read_process_name(Pid pid, std::span<char> out) = 0;
};

class CapturePolicy {
 public:
  virtual ~CapturePolicy() = default;

  /// Appends to `record` (begun, payload set) the chunks that decoding this entry will ask for.
  virtual void capture_entry(Abi abi, const RawSyscallEntry& entry, CaptureSource& source, RawEventBuilder& record) = 0;

  /// The same for the exit of the call that `entry` began.
  virtual void capture_exit(Abi abi, const RawSyscallEntry& entry, const RawSyscallExit& exit, CaptureSource& source,
                            RawEventBuilder& record) = 0;
};

}  // namespace tether
