#pragma once
// The descriptors of processes: what each refers to, how it was opened, and who holds the other end. From /proc and
// sock_diag: nobody is stopped.
//
//   const Pid pids[] = {Pid(4242)};
//   const DescriptorReport report = TETHER_TRY(list_descriptors(pids, {.peers = PeerLookup::Named}));
//   for (const Descriptor& descriptor : report.processes[0].descriptors) …

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tether/base/error.h"
#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/procfs/fdinfo.h"
#include "tether/sys/socket_diag.h"

namespace tether {

enum class DescriptorKind : std::uint8_t {
  File,
  Directory,
  CharDevice,
  BlockDevice,
  SymbolicLink,  ///< opened with O_PATH|O_NOFOLLOW
  Fifo,          ///< a named pipe
  Pipe,
  Socket,
  Terminal,        ///< a tty, or the slave of a pseudoterminal
  TerminalMaster,  ///< of a pseudoterminal
  Memory,          ///< memfd_create(2), shared memory without a name
  EventFd,
  Epoll,
  Inotify,
  SignalFd,
  TimerFd,
  PidFd,
  Namespace,
  Other,  ///< any other file without a name: io_uring, bpf, perf_event …
  Unknown,
};

/// "file", "socket", "epoll" …
std::string_view descriptor_kind_name(DescriptorKind kind);

/// A descriptor that holds the other end.
struct Peer {
  Pid pid;
  std::string name;  ///< comm
  Fd fd;
};

struct Descriptor {
  Fd fd;
  DescriptorKind kind = DescriptorKind::Unknown;
  std::string path;  ///< as the process's root shows it; or "pipe:[17]", "anon_inode:[io_uring]"
  bool is_deleted = false;
  std::uint64_t device = 0;  ///< of the file system (dev_t); 0 for what has no path
  std::uint64_t inode = 0;
  std::uint64_t node_device = 0;  ///< of a device: which (dev_t)
  procfs::FdInfo info;
  std::optional<sys::Socket> socket;
  std::string socket_protocol;  ///< of a socket of which nothing else is known: the kernel's name, "TCP", "VSOCK"
  std::vector<Peer> peers;
};

struct ProcessDescriptors {
  Pid pid;
  std::string name;                     ///< comm
  std::vector<Descriptor> descriptors;  ///< ascending
  std::optional<Error> failure;         ///< why they could not be listed
};

struct DescriptorReport {
  std::vector<ProcessDescriptors> processes;  ///< in the order asked for
  std::size_t unreadable = 0;  ///< processes whose descriptors we may not see, so that peers among them are missing
};

enum class PeerLookup : std::uint8_t {
  None,
  Named,  ///< reads the descriptors of all processes of this machine
};

struct DescriptorListOptions {
  PeerLookup peers = PeerLookup::None;
};

/// A process whose descriptors cannot be listed is in the report with its `failure`: PermissionDenied without the right
/// to trace it (PTRACE_MODE_READ), NotFound if it is gone. One that is opened or closed meanwhile may be missing.
/// Errors: Io if /proc cannot be listed.
Result<DescriptorReport> list_descriptors(std::span<const Pid> pids, const DescriptorListOptions& options = {});

/// How many descriptors a process has; absent if that is not ours to see.
std::optional<std::size_t> find_descriptor_count(Pid pid);

}  // namespace tether
