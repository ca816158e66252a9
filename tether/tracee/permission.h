#pragma once
// Why an attach was refused, found out after the fact.
//
// PTRACE_SEIZE says EPERM for half a dozen reasons (ptrace(2), "Ptrace access mode checking"). Each leaves its evidence
// in /proc, so the reason can be named, and with it the way out.

#include <cstdint>
#include <string_view>

#include "tether/base/error.h"
#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/procfs/status.h"

namespace tether {

/// What of the tracer and of the machine decides about attaching.
struct AttachRights {
  std::uint32_t uid = 0;
  std::uint64_t capabilities = 0;  ///< CapEff
  int yama_scope = 0;              ///< /proc/sys/kernel/yama/ptrace_scope; 0 where there is no Yama

  bool has_ptrace_capability() const;  ///< CAP_SYS_PTRACE
};

/// Those of the calling process. Never fails: what cannot be read keeps its default.
AttachRights read_attach_rights();

/// What /proc tells of a process that could not be attached to.
struct AttachTarget {
  procfs::Status status;
  std::string tracer_name;    ///< comm of its tracer, if it has one
  bool is_own_group = false;  ///< it is the calling process itself
  bool is_kernel_thread = false;
  bool is_accessible = true;  ///< its /proc entries belong to its user: it is dumpable (PR_SET_DUMPABLE)
};

/// Whether it is a task of the kernel's own, without memory and user mode.
bool read_is_kernel_thread(Pid pid);

/// The reason for `err`, by the kernel's own order of checks (kernel/ptrace.c, ptrace_attach and __ptrace_may_access).
Error explain_attach_failure(Pid pid, int err, const AttachTarget& target, const AttachRights& rights);

/// The same, from /proc as it is now. NotFound if there is no such process; Busy for another tracer; else
/// PermissionDenied.
Error explain_attach_failure(Pid pid, int err);

}  // namespace tether
