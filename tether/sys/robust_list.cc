#include "tether/sys/robust_list.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace tether::sys {

Result<RemoteAddr> robust_list_head(Tid tid) {
  std::uint64_t head = 0;
  std::size_t size = 0;
  if (::syscall(SYS_get_robust_list, tid.value, &head, &size) == 0) return RemoteAddr(head);
  if (errno == ESRCH)
    return fail({.code = ErrorCode::TraceeGone, .sys_errno = ESRCH, .message = "the thread is gone", .hint = {}});
  return fail(errno_error(errno, "get_robust_list"));
}

}  // namespace tether::sys
