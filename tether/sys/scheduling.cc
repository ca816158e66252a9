#include "tether/sys/scheduling.h"

#include <linux/capability.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace tether::sys {

static_assert(CpuSet().size() == CPU_SETSIZE);

namespace {

std::unexpected<Error> scheduling_error(const char* call) {
  const int err = errno;
  Error error = errno_error(err, call);
  if (err == ESRCH) error.code = ErrorCode::TraceeGone;
  return fail(std::move(error));
}

bool has_nice_capability() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  return ::syscall(SYS_capget, &header, data) == 0 && (data[0].effective >> CAP_SYS_NICE & 1) != 0;
}

}  // namespace

Result<CpuSet> allowed_cpus(Tid tid) {
  cpu_set_t raw;
  if (::sched_getaffinity(tid.value, sizeof raw, &raw) != 0) return scheduling_error("sched_getaffinity");
  CpuSet cpus;
  for (std::size_t cpu = 0; cpu < cpus.size(); ++cpu) cpus[cpu] = CPU_ISSET(cpu, &raw) != 0;
  return cpus;
}

Result<void> allow_cpus(Tid tid, const CpuSet& cpus) {
  cpu_set_t raw;
  CPU_ZERO(&raw);
  for (std::size_t cpu = 0; cpu < cpus.size(); ++cpu)
    if (cpus[cpu]) CPU_SET(cpu, &raw);
  if (::sched_setaffinity(tid.value, sizeof raw, &raw) != 0) return scheduling_error("sched_setaffinity");
  return ok();
}

std::size_t current_cpu() {
  const int cpu = ::sched_getcpu();
  return cpu < 0 ? 0 : static_cast<std::size_t>(cpu);
}

bool can_change_policy() {
  if (::sched_getscheduler(0) != SCHED_OTHER) return false;
  if (has_nice_capability()) return true;
  rlimit limit;
  const int nice = ::getpriority(PRIO_PROCESS, 0);
  return ::getrlimit(RLIMIT_NICE, &limit) == 0 && limit.rlim_cur >= static_cast<rlim_t>(20 - nice);
}

Result<void> set_policy(Tid tid, Policy policy) {
  const sched_param none = {};
  if (::sched_setscheduler(tid.value, policy == Policy::Idle ? SCHED_IDLE : SCHED_OTHER, &none) != 0)
    return scheduling_error("sched_setscheduler");
  return ok();
}

}  // namespace tether::sys
