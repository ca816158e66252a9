// siginfo_t in both layouts.

#include <gtest/gtest.h>

#include "tether/decode/internal/leaf.h"
#include "tether/decode/internal/test_support.h"

namespace tether::decode::testing {
namespace {

class SiginfoTest : public ::testing::Test {
 protected:
  SiginfoTest() {
    const auto negative = [](int n) { return static_cast<std::uint64_t>(std::int64_t{n}); };
    b_.named("errno_names", b_.enum_of(b_.set(true, "", {{"EPERM", 1}})));
    b_.named("si_codes", b_.enum_of(b_.set(true, "",
                                           {{"SI_USER", 0},
                                            {"SI_KERNEL", 0x80},
                                            {"SI_TKILL", negative(-6)},
                                            {"SI_TIMER", negative(-2)},
                                            {"SI_QUEUE", negative(-1)}})));
    b_.named("sigchld_codes", b_.enum_of(b_.set(true, "", {{"CLD_EXITED", 1}, {"CLD_KILLED", 2}})));
    b_.named("sigsegv_codes",
             b_.enum_of(b_.set(true, "", {{"SEGV_MAPERR", 1}, {"SEGV_BNDERR", 3}, {"SEGV_PKUERR", 4}})));
    b_.named("sigsys_codes", b_.enum_of(b_.set(true, "", {{"SYS_SECCOMP", 1}})));
    b_.call(39, "getpid", {});
  }

  template <class... Words>
  std::string of(Abi layout, Words... words) {
    const std::uint32_t list[] = {static_cast<std::uint32_t>(words)...};
    const LeafContext context{b_.build(), layout, arena_};
    return to_text(siginfo_value(context, std::as_bytes(std::span(list)), layout, {}));
  }

  TableBuilder b_;
  Arena arena_;
};

TEST_F(SiginfoTest, Child) {
  EXPECT_EQ(of(Abi::X86_64, 17, 0, 1, 0, 123, 1000, 3, 0, 250, 0, 0, 0),
            "{si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=123, si_uid=1000, si_status=3, si_utime=250 /* 2.50 s */, "
            "si_stime=0}");
  EXPECT_EQ(
      of(Abi::I386, 17, 0, 2, 123, 1000, 9, 1, 2),
      "{si_signo=SIGCHLD, si_code=CLD_KILLED, si_pid=123, si_uid=1000, si_status=SIGKILL, si_utime=1 /* 0.01 s */, "
      "si_stime=2 /* 0.02 s */}");
}

TEST_F(SiginfoTest, Faults) {
  EXPECT_EQ(of(Abi::X86_64, 11, 0, 1, 0, 0, 0), "{si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL}");
  EXPECT_EQ(of(Abi::I386, 11, 0, 1, 0x1234), "{si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=0x1234}");
  EXPECT_EQ(of(Abi::X86_64, 11, 0, 4, 0, 0x10, 0, 0, 0, 7),
            "{si_signo=SIGSEGV, si_code=SEGV_PKUERR, si_addr=0x10, si_pkey=7}");
  EXPECT_EQ(of(Abi::X86_64, 11, 0, 0x80, 0, 0, 0), "{si_signo=SIGSEGV, si_code=SI_KERNEL, si_addr=NULL}");
}

TEST_F(SiginfoTest, SentOnPurpose) {
  EXPECT_EQ(of(Abi::X86_64, 10, 0, -6, 0, 5, 6), "{si_signo=SIGUSR1, si_code=SI_TKILL, si_pid=5, si_uid=6}");
  EXPECT_EQ(of(Abi::X86_64, 10, 0, 0, 0, 5, 6), "{si_signo=SIGUSR1, si_code=SI_USER, si_pid=5, si_uid=6}");
  EXPECT_EQ(of(Abi::X86_64, 10, 0, -1, 0, 5, 6, 7, 8),
            "{si_signo=SIGUSR1, si_code=SI_QUEUE, si_pid=5, si_uid=6, si_int=7, si_ptr=0x800000007}");
  EXPECT_EQ(of(Abi::I386, 10, 0, -1, 5, 6, 7),
            "{si_signo=SIGUSR1, si_code=SI_QUEUE, si_pid=5, si_uid=6, si_int=7, si_ptr=0x7}");
  EXPECT_EQ(of(Abi::X86_64, 14, 0, -2, 0, 1, 2, 3, 0),
            "{si_signo=SIGALRM, si_code=SI_TIMER, si_timerid=0x1, si_overrun=2, si_int=3, si_ptr=0x3}");
}

TEST_F(SiginfoTest, Others) {
  EXPECT_EQ(of(Abi::X86_64, 31, 1, 1, 0, 0x1000, 0, 39, 0xc000003e),
            "{si_signo=SIGSYS, si_code=SYS_SECCOMP, si_errno=EPERM, si_call_addr=0x1000, si_syscall=__NR_getpid, "
            "si_arch=0xc000003e}");
  EXPECT_EQ(of(Abi::X86_64, 0, 0, 0), "{}");
  EXPECT_EQ(of(Abi::X86_64, 77, 1, 99),
            "{si_signo=77, si_code=0x63, si_errno=EPERM, si_pid=0, si_uid=0, si_int=0, si_ptr=NULL}");
  EXPECT_EQ(of(Abi::X86_64, 17), "{si_signo=SIGCHLD, si_code=SI_USER, si_pid=0, si_uid=0}") << "cut short";
}

}  // namespace
}  // namespace tether::decode::testing
