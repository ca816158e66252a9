// PTRACE_GET_SYSCALL_INFO tells by which door a call came in (tether/arch/abi.h).

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/kernel_facts/child.h"

namespace tether::facts {
namespace {

constexpr long kGetppid32 = 64;  // asm/unistd_32.h

ptrace_syscall_info info_of(pid_t tid) {
  ptrace_syscall_info info;
  EXPECT_GT(trace(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, reinterpret_cast<std::uintptr_t>(&info)), 0);
  return info;
}

TEST(SyscallInfo, TellsInt80FromSyscallAndEntryFromExit) {
  Pipe go;
  Child child([&] {
    ::signal(SIGSEGV, [](int) { ::_exit(77); });  // without i386 emulation there is no such door
    go.take();
    ::syscall(SYS_getpgid, 0);
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(kGetppid32) : "r8", "r9", "r10", "r11", "memory");
    return result == ::getppid() ? 3 : 1;
  });
  seize_and_stop(child.pid(), PTRACE_O_TRACESYSGOOD);
  go.put('g');
  const auto next_stop = [&] {
    EXPECT_EQ(trace(PTRACE_SYSCALL, child.pid()), 0);
    return take_stop(child.pid());
  };
  do {
    ASSERT_EQ(next_stop(), SIGTRAP | 0x80);
  } while (registers(child.pid()).orig_rax != SYS_getpgid);
  EXPECT_EQ(info_of(child.pid()).op, PTRACE_SYSCALL_INFO_ENTRY);
  EXPECT_EQ(info_of(child.pid()).arch, AUDIT_ARCH_X86_64);
  EXPECT_EQ(info_of(child.pid()).entry.nr, static_cast<unsigned>(SYS_getpgid));
  next_stop();
  EXPECT_EQ(info_of(child.pid()).op, PTRACE_SYSCALL_INFO_EXIT);
  if (next_stop() == SIGSEGV) GTEST_SKIP() << "this kernel has no i386 emulation";
  EXPECT_EQ(info_of(child.pid()).op, PTRACE_SYSCALL_INFO_ENTRY);
  EXPECT_EQ(info_of(child.pid()).arch, AUDIT_ARCH_I386);
  EXPECT_EQ(info_of(child.pid()).entry.nr, static_cast<unsigned>(kGetppid32));
  ASSERT_EQ(trace(PTRACE_DETACH, child.pid()), 0);
  EXPECT_EQ(child.end(), 3);
}

TEST(SyscallInfo, SaysNoneAtOtherStops) {
  Child child([] { return ::pause(); });
  seize_and_stop(child.pid());
  EXPECT_EQ(info_of(child.pid()).op, PTRACE_SYSCALL_INFO_NONE);
}

}  // namespace
}  // namespace tether::facts
