#include "tether/arch/i386/syscall_restart.h"

#include <asm/unistd_32.h>
#include <linux/ipc.h>
#include <linux/net.h>

#include <algorithm>

namespace tether::arch::i386 {

std::span<const std::uint32_t> calls_harmless_to_restart() {
  static constexpr std::uint32_t kNumbers[] = {
      __NR_epoll_wait,
      __NR_epoll_pwait,
      __NR_epoll_pwait2,
      __NR_rt_sigtimedwait,
      __NR_io_getevents,
      __NR_io_pgetevents,
      __NR_io_uring_enter,
      __NR_accept4,
      __NR_recvfrom,
      __NR_recvmsg,
      __NR_semtimedop_time64,
      __NR_rt_sigtimedwait_time64,
      __NR_io_pgetevents_time64,
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
      __NR_recvmmsg_time64,
  };
  return kNumbers;
}

bool is_harmless_to_restart_multiplexed(std::uint32_t number, std::uint64_t first_argument) {
  const auto is_one_of = [&](std::span<const std::uint32_t> calls) {
    return std::find(calls.begin(), calls.end(), static_cast<std::uint32_t>(first_argument)) != calls.end();
  };
  static constexpr std::uint32_t kSocketCalls[] = {SYS_CONNECT, SYS_ACCEPT,   SYS_SEND,    SYS_RECV,
                                                   SYS_SENDTO,  SYS_RECVFROM, SYS_SENDMSG, SYS_RECVMSG,
                                                   SYS_ACCEPT4, SYS_RECVMMSG, SYS_SENDMMSG};
  static constexpr std::uint32_t kIpcCalls[] = {SEMOP, SEMTIMEDOP};
  if (number == __NR_socketcall) return is_one_of(kSocketCalls);
  return number == __NR_ipc && is_one_of(kIpcCalls);
}

const std::uint32_t kRestartCall = __NR_restart_syscall;

std::span<const std::uint32_t> calls_with_restart_block() {
  static constexpr std::uint32_t kNumbers[] = {__NR_nanosleep, __NR_clock_nanosleep,        __NR_poll,
                                               __NR_futex,     __NR_clock_nanosleep_time64, __NR_futex_time64};
  return kNumbers;
}

}  // namespace tether::arch::i386
