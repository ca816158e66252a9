#include "tether/arch/i386/syscall_restart.h"

#include <asm/unistd_32.h>

namespace tether::arch::i386 {

std::span<const std::uint32_t> calls_harmless_to_restart() {
  static constexpr std::uint32_t kNumbers[] = {
    __NR_epoll_wait, __NR_epoll_pwait, __NR_epoll_pwait2, __NR_rt_sigtimedwait, __NR_io_getevents, __NR_io_pgetevents,
    __NR_io_uring_enter, __NR_accept4, __NR_recvfrom, __NR_recvmsg, __NR_semtimedop_time64, __NR_rt_sigtimedwait_time64,
    __NR_io_pgetevents_time64,
  };
  return kNumbers;
}

}  // namespace tether::arch::i386
