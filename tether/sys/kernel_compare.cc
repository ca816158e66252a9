#include "tether/sys/kernel_compare.h"

#include <linux/kcmp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace tether::sys {

Result<bool> share_memory(Tid a, Tid b) {
  const long result = ::syscall(SYS_kcmp, a.value, b.value, KCMP_VM, 0, 0);
  if (result >= 0) return result == 0;
  if (errno == ESRCH)
    return fail({.code = ErrorCode::TraceeGone, .sys_errno = ESRCH, .message = "the process is gone", .hint = {}});
  return fail(errno_error(errno, "kcmp"));
}

}  // namespace tether::sys
