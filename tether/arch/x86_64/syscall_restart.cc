#include "tether/arch/x86_64/syscall_restart.h"

#include <asm/unistd_64.h>

namespace tether::arch::x86_64 {

std::span<const std::uint32_t> calls_harmless_to_restart() {
  static constexpr std::uint32_t kNumbers[] = {
      __NR_epoll_wait,
      __NR_epoll_pwait,
      __NR_epoll_pwait2,
      __NR_rt_sigtimedwait,
      __NR_io_getevents,
      __NR_io_pgetevents,
      __NR_io_uring_enter,
      __NR_accept,
      __NR_accept4,
      __NR_recvfrom,
      __NR_recvmsg,
      __NR_semop,
      __NR_semtimedop,
      // On sockets with SO_RCVTIMEO or SO_SNDTIMEO; EINTR means that nothing was transferred, and that a connection
      // which was begun is still waited for.
      __NR_connect,
      __NR_read,
      __NR_readv,
      __NR_write,
      __NR_writev,
      __NR_sendto,
      __NR_sendmsg,
      __NR_sendmmsg,
      __NR_recvmmsg,
  };
  return kNumbers;
}

const std::uint32_t kRestartCall = __NR_restart_syscall;

std::span<const std::uint32_t> calls_with_restart_block() {
  static constexpr std::uint32_t kNumbers[] = {__NR_nanosleep, __NR_clock_nanosleep, __NR_poll, __NR_futex};
  return kNumbers;
}

}  // namespace tether::arch::x86_64
