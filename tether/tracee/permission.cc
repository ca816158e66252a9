#include "tether/tracee/permission.h"

#include <linux/capability.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "tether/procfs/mount_options.h"
#include "tether/procfs/stat.h"
#include "tether/procfs/task.h"
#include "tether/procfs/text_file.h"

namespace tether {

namespace {

constexpr std::uint32_t kKernelThreadFlag = 0x00200000;  // PF_KTHREAD, include/linux/sched.h; proc(5), stat, flags

std::string describe(Pid pid, const procfs::Status& status) {
  std::string text = std::to_string(pid.value);
  if (!status.name.empty()) text += " (" + status.name + ")";
  return text;
}

Error refusal(Pid pid, const procfs::Status& status, int err, const std::string& reason, std::string hint) {
  return {.code = ErrorCode::PermissionDenied,
          .sys_errno = err,
          .message = "cannot attach to process " + describe(pid, status) + ": " + reason,
          .hint = std::move(hint)};
}

AttachTarget read_target(Pid pid, procfs::Status status) {
  AttachTarget target{.status = std::move(status)};
  if (target.status.tracer.value != 0) target.tracer_name = procfs::read_comm(target.status.tracer);
  target.is_own_group = target.status.thread_group.value == ::getpid();
  target.is_kernel_thread = read_is_kernel_thread(pid);
  // The files of a process that is not dumpable belong to root (proc(5), "/proc/[pid]").
  struct stat st;
  const std::string file = "/proc/" + std::to_string(pid.value) + "/environ";
  if (::stat(file.c_str(), &st) == 0) target.is_accessible = st.st_uid == target.status.effective_uid;
  return target;
}

}  // namespace

bool read_is_kernel_thread(Pid pid) {
  const auto stat = procfs::read_stat(pid);
  return stat.has_value() && (stat->flags & kKernelThreadFlag) != 0;
}

bool AttachRights::has_ptrace_capability() const {
  return (capabilities >> CAP_SYS_PTRACE & 1) != 0;
}

AttachRights read_attach_rights() {
  AttachRights rights{.uid = ::getuid()};
  if (const auto own = procfs::read_status(Tid(::getpid())); own.has_value())
    rights.capabilities = own->effective_capabilities;
  if (const auto scope = procfs::read_text_file("/proc/sys/kernel/yama/ptrace_scope"); scope.has_value())
    rights.yama_scope = std::atoi(scope->c_str());
  return rights;
}

Error explain_attach_failure(Pid pid, int err, const AttachTarget& target, const AttachRights& rights) {
  const procfs::Status& status = target.status;
  const bool has_ended = status.state == 'Z' || status.state == 'X';
  if (has_ended && status.threads > 1)
    return {.code = ErrorCode::NotFound,
            .sys_errno = err,
            .message = "cannot attach to process " + describe(pid, status) + ": its main thread has ended",
            .hint = "its other threads run on: name one of them, or follow (-f) to trace them all"};
  if (has_ended)
    return {.code = ErrorCode::NotFound,
            .sys_errno = err,
            .message = "cannot attach to process " + describe(pid, status) +
                       ": it has ended and waits for its parent to notice",
            .hint = "its parent is process " + std::to_string(status.parent.value)};
  if (target.is_own_group) return refusal(pid, status, err, "it is tether itself", "trace another process");
  if (target.is_kernel_thread)
    return refusal(pid, status, err, "it is a kernel thread, which makes no system calls", "");
  if (status.tracer.value != 0)
    return {.code = ErrorCode::Busy,
            .sys_errno = err,
            .message = "cannot attach to process " + describe(pid, status) + ": process " +
                       describe(Pid(status.tracer.value), {.name = target.tracer_name}) + " traces it already",
            .hint = "a process has one tracer at a time: end that one first"};
  if (err != EPERM && err != EACCES) {
    Error error = errno_error(err, "cannot attach to process " + describe(pid, status));
    return error;
  }
  if (rights.yama_scope == 3)
    return refusal(pid, status, err, "kernel.yama.ptrace_scope is 3, which forbids attaching to anyone",
                   "only a reboot can lower it; start the program under tether instead");
  if (rights.has_ptrace_capability())
    return refusal(pid, status, err, "the kernel refuses it in spite of CAP_SYS_PTRACE",
                   "a security module (see /sys/kernel/security/lsm) or another user namespace may be the reason");
  const std::string as_root = "run tether as root, or give it the capability: `setcap cap_sys_ptrace+ep` on its file";
  if (status.uid != rights.uid || status.effective_uid != rights.uid)
    return refusal(pid, status, err,
                   "it belongs to user " + std::to_string(status.effective_uid) + ", tether runs as user " +
                       std::to_string(rights.uid),
                   as_root);
  if (!target.is_accessible)
    return refusal(pid, status, err, "it is not dumpable: it changed its identity, or asked by prctl(PR_SET_DUMPABLE)",
                   as_root);
  if (rights.yama_scope == 2)
    return refusal(pid, status, err, "kernel.yama.ptrace_scope is 2: only CAP_SYS_PTRACE may attach", as_root);
  if (rights.yama_scope == 1)
    return refusal(pid, status, err, "kernel.yama.ptrace_scope is 1: a process may be traced only by its ancestors",
                   "start it under tether, or run `sysctl kernel.yama.ptrace_scope=0` as root, or run tether as root");
  return refusal(pid, status, err, describe_errno(err),
                 status.seccomp_mode != 0 ? "a seccomp filter on tether or a security module may forbid ptrace"
                                          : "see `tether doctor " + std::to_string(pid.value) + "`");
}

Error explain_attach_failure(Pid pid, int err) {
  auto status = procfs::read_status(Tid(pid.value));
  if (!status.has_value()) {
    if (auto mounted = procfs::check_mounted(); !mounted.has_value()) return std::move(mounted).error();
    return {.code = ErrorCode::NotFound,
            .sys_errno = ESRCH,
            .message = "there is no process " + std::to_string(pid.value),
            .hint = "see `ps -e`, or `pgrep NAME`"};
  }
  return explain_attach_failure(pid, err, read_target(pid, std::move(*status)), read_attach_rights());
}

}  // namespace tether
