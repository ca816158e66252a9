#pragma once
// What this kernel, and what confines this process, really allow: each facility is tried out on a child of our own.
//
// A version number does not tell: distributions port features back, containers forbid them by seccomp filters, and
// security modules have their own opinion. Every function forks; the caller must have no other threads that hold locks.

#include "tether/base/ids.h"

namespace tether::sys {

/// 0, or the errno that the facility failed with.
using ProbeErrno = int;

ProbeErrno probe_tracing();            ///< PTRACE_SEIZE, PTRACE_INTERRUPT: a child is seized, stops and goes on
ProbeErrno probe_syscall_info();       ///< PTRACE_GET_SYSCALL_INFO at a system call's entry
ProbeErrno probe_set_syscall_info();   ///< PTRACE_SET_SYSCALL_INFO there
ProbeErrno probe_memory_read();        ///< process_vm_readv from a traced child
ProbeErrno probe_seccomp_trace();      ///< a filter's SECCOMP_RET_TRACE stops the child
ProbeErrno probe_user_notification();  ///< a filter with SECCOMP_FILTER_FLAG_NEW_LISTENER
ProbeErrno probe_rseq_area();          ///< PTRACE_GET_RSEQ_CONFIGURATION
ProbeErrno probe_kcmp();               ///< kcmp(2) of a child's memory
ProbeErrno probe_debug_registers();    ///< a child writes to what one watches: ENOSYS if it takes that and never stops
ProbeErrno probe_pidfd_getfd();        ///< a descriptor taken out of a child
ProbeErrno probe_user_dispatch();      ///< PR_SET_SYSCALL_USER_DISPATCH
ProbeErrno probe_compat_calls();       ///< `int 0x80`: ENOSYS if the kernel serves no 32-bit calls

/// Whether this process could attach to that one: a child of ours seizes it and ends at once, which lets go of it. It
/// is never stopped.
ProbeErrno probe_attach(Pid pid);

}  // namespace tether::sys
