// Each kind of scalar: which Value it makes.

#include <gtest/gtest.h>

#include <bit>

#include "tether/decode/internal/leaf.h"
#include "tether/decode/internal/number.h"
#include "tether/decode/internal/signal_names.h"
#include "tether/decode/internal/test_support.h"

namespace tether::decode::testing {
namespace {

class KindsTest : public ::testing::Test {
 protected:
  KindsTest() {
    clocks_ = b_.set(true, "CLOCK_???", {{"CLOCK_REALTIME", 0}, {"CLOCK_MONOTONIC", 1}});
    b_.sockopt(1, 2, "SO_REUSEADDR", 0);
    b_.ioctl(0x5401, "SNDCTL_TMR_TIMEBASE", 0);
    b_.ioctl(0x5401, "TCGETS", 0);
  }

  std::string of(Kind kind, std::uint64_t number, unsigned width, std::uint32_t a = 0) {
    const TypeNode type{.op = TypeOp::Scalar,
                        .kind = static_cast<std::uint8_t>(kind),
                        .width = static_cast<std::uint8_t>(width),
                        .a = a};
    const LeafContext context{b_.build(), Abi::X86_64, arena_};
    return to_text(make_leaf(
        context, {.type = type, .number = zero_extend(number, width), .width = width, .parameter = parameter_}));
  }
  std::string of_bytes(Kind kind, std::string_view bytes, std::uint64_t parameter = 0, std::string_view label = {}) {
    const TypeNode type{.op = TypeOp::Scalar, .kind = static_cast<std::uint8_t>(kind)};
    const LeafContext context{b_.build(), Abi::X86_64, arena_};
    return to_text(make_leaf(context, {.type = type,
                                       .bytes = std::as_bytes(std::span(bytes.data(), bytes.size())),
                                       .parameter = parameter,
                                       .label = label}));
  }

  std::string of_call(std::uint64_t number, std::uint64_t arch) {
    parameter_ = arch;
    return of(Kind::SyscallOf, number, 8);
  }

  TableBuilder b_;
  Arena arena_;
  SetId clocks_;
  std::uint64_t parameter_ = 0;
};

TEST_F(KindsTest, NumbersOfCallsAreNamedInTheReadersAbi) {
  constexpr std::uint64_t kX86_64 = 0xc000003e;  // AUDIT_ARCH_X86_64, AUDIT_ARCH_I386 (linux/audit.h)
  constexpr std::uint64_t kI386 = 0x40000003;
  EXPECT_EQ(of_call(110, kX86_64), "__NR_getppid");
  EXPECT_EQ(of_call(45, kI386), "45 /* brk */");
  EXPECT_EQ(of_call(0x40000001, kX86_64), "1073741825 /* write */");
  EXPECT_EQ(of_call(9999, kX86_64), "9999");
  EXPECT_EQ(of_call(1000, kI386), "1000");  // a row of socketcall(2)'s
}

TEST_F(KindsTest, FutexOperations) {
  b_.named("futex_comparisons", b_.enum_of(b_.set(true, "FUTEX_OP_CMP_???", {{"FUTEX_OP_CMP_GE", 5}}), 4));
  b_.named("futex_operations", b_.enum_of(b_.set(true, "FUTEX_OP_???", {{"FUTEX_OP_SET", 0}, {"FUTEX_OP_ADD", 1}}), 4));
  EXPECT_EQ(of(Kind::FutexOpWord, 0x15003007, 4), "FUTEX_OP_ADD<<28|0x3<<12|FUTEX_OP_CMP_GE<<24|0x7");
  EXPECT_EQ(of(Kind::FutexOpWord, 0xda000000, 4),
            "FUTEX_OP_OPARG_SHIFT<<28|0x5<<28 /* FUTEX_OP_??? */|0<<12|0xa<<24 /* FUTEX_OP_CMP_??? */|0");
}

TEST_F(KindsTest, Numbers) {
  EXPECT_EQ(of(Kind::Int, 0xffffffff, 4), "-1");
  EXPECT_EQ(of(Kind::Uint, 0xffffffff, 4), "4294967295");
  EXPECT_EQ(of(Kind::S8, 0xff, 1), "-1");
  EXPECT_EQ(of(Kind::Hex, 0, 8), "0");
  EXPECT_EQ(of(Kind::Hex, 0x10, 8), "0x10");
  EXPECT_EQ(of(Kind::Oct, 022, 4), "022");
  EXPECT_EQ(of(Kind::Umode, 0, 4), "000");
  EXPECT_EQ(of(Kind::Umode, 05, 4), "005");
  EXPECT_EQ(of(Kind::Hex8, 0x1f, 4), "0000001f");
  EXPECT_EQ(of(Kind::Pages, 0x22, 4), "0x22000");
  EXPECT_EQ(of(Kind::Ioprio, 4 << 13 | 7, 4), "IOPRIO_PRIO_VALUE(0x4 /* IOPRIO_CLASS_??? */, 7)");
  EXPECT_EQ(of(Kind::Qcmd, 0x80000701, 4), "QCMD(0x800007 /* Q_??? */, 0x1 /* ???QUOTA */)");
  EXPECT_EQ(of(Kind::Addr, 0, 8), "NULL");
  EXPECT_EQ(of(Kind::Uid, 0xffff, 2), "-1");
  EXPECT_EQ(of(Kind::Uid, 0xfffe, 2), "65534");
  EXPECT_EQ(of(Kind::Rlim, 8192 * 1024, 8), "8192*1024");
  EXPECT_EQ(of(Kind::Rlim, 1024, 8), "1024");
  EXPECT_EQ(of(Kind::Rlim, ~0ull, 8), "RLIM64_INFINITY");
  EXPECT_EQ(of(Kind::Rlim, ~0ull, 4), "RLIM_INFINITY");
  EXPECT_EQ(of(Kind::Kver, 0x60102, 4), "KERNEL_VERSION(6, 1, 2)");
  EXPECT_EQ(of(Kind::EpollData, 0x100000007, 8), "{u32=7, u64=4294967303}");
}

TEST_F(KindsTest, FilesAndDevices) {
  EXPECT_EQ(of(Kind::Filemode, 0100644, 4), "S_IFREG|0644");
  EXPECT_EQ(of(Kind::Filemode, 040000, 4), "S_IFDIR|000");
  EXPECT_EQ(of(Kind::Filemode, 0104755, 4), "S_IFREG|S_ISUID|0755");
  EXPECT_EQ(of(Kind::Filemode, 0644, 4), "0644");
  EXPECT_EQ(of(Kind::Filemode, 07774, 4), "S_ISUID|S_ISGID|S_ISVTX|0774");
  EXPECT_EQ(of(Kind::Filemode, 0177777, 4), "0177777");
  EXPECT_EQ(of(Kind::Dev, 0x801, 4), "makedev(0x8, 0x1)");
  EXPECT_EQ(of(Kind::Dev, 0x12300045, 4), "makedev(0, 0x12345)");
  EXPECT_EQ(of(Kind::Fd, 0xffffffff, 4), "-1");
  EXPECT_EQ(of(Kind::Fd, 0xffffff9c, 4), "-100");
  EXPECT_EQ(of(Kind::Dirfd, 0xffffff9c, 4), "AT_FDCWD");
  EXPECT_EQ(of(Kind::IoctlCmd, 0x5401, 4), "SNDCTL_TMR_TIMEBASE or TCGETS");
  EXPECT_EQ(of(Kind::IoctlCmd, 0x5678, 4), "_IOC(_IOC_NONE, 0x56, 0x78, 0)");
  EXPECT_EQ(of_bytes(Kind::Fdset, std::string_view("\x29\x00\x00\x01", 4), 24), "[0 3 5]");
  EXPECT_EQ(of_bytes(Kind::Cpumask, "\x03"), "[0 1]");
}

TEST_F(KindsTest, Time) {
  EXPECT_EQ(of(Kind::Epoch, 0xffffffff, 4), "@-1.0");
  EXPECT_EQ(of(Kind::Clockid, 1, 4, clocks_), "CLOCK_MONOTONIC");
  EXPECT_EQ(of(Kind::Clockid, 55, 4, clocks_), "0x37 /* CLOCK_??? */");
  EXPECT_EQ(of(Kind::Clockid, (~1234u << 3) | 2, 4, clocks_), "MAKE_PROCESS_CPUCLOCK(1234, CPUCLOCK_SCHED)");
  EXPECT_EQ(of(Kind::Clockid, (~1234u << 3) | 6, 4, clocks_), "MAKE_THREAD_CPUCLOCK(1234, CPUCLOCK_SCHED)");
  EXPECT_EQ(of(Kind::Clockid, (~5u << 3) | 3, 4, clocks_), "FD_TO_CLOCKID(5)");
}

TEST_F(KindsTest, Signals) {
  EXPECT_EQ(of(Kind::Signal, 17, 4), "SIGCHLD");
  EXPECT_EQ(of(Kind::Signal, 32, 4), "SIGRTMIN");
  EXPECT_EQ(of(Kind::Signal, 33, 4), "SIGRT_1");
  EXPECT_EQ(of(Kind::Signal, 64, 4), "SIGRT_32");
  EXPECT_EQ(of(Kind::Signal, 0, 4), "0");
  EXPECT_EQ(of(Kind::Signal, 65, 4), "65");
  EXPECT_EQ(of(Kind::Signal, 0xffffffff, 4), "-1");
  EXPECT_EQ(of(Kind::Sigset, 0, 8), "[]");
  EXPECT_EQ(of(Kind::Sigset, 1u << 1 | 1u << 16 | 1ull << 63, 8), "[INT CHLD RT_32]");
  EXPECT_EQ(of(Kind::Sigset, ~(3ull << 31), 8), "~[RTMIN RT_1]");
  EXPECT_EQ(of(Kind::Sigset, 0x7fffffff, 4), "~[RTMIN]");
  EXPECT_EQ(of(Kind::Handler, 0, 8), "SIG_DFL");
  EXPECT_EQ(of(Kind::Handler, 1, 8), "SIG_IGN");
  EXPECT_EQ(of(Kind::Handler, 0x400000, 8), "0x400000");
  EXPECT_EQ(name_of_signal(66), "");
  EXPECT_EQ(name_of_signal(~0ull), "");
}

TEST_F(KindsTest, Network) {
  EXPECT_EQ(of(Kind::Be16, 0x5000, 2), "80");
  EXPECT_EQ(of(Kind::Be16, 0x5000, 2, b_.string("htons")), "htons(80)");
  EXPECT_EQ(of(Kind::Be32, 0x01000000, 4, b_.string("htonl")), "htonl(1)");
  EXPECT_EQ(of(Kind::Inet4, 0x0100007f, 4), "inet_addr(\"127.0.0.1\")");
  const std::string loopback = std::string(15, '\0') + "\1";
  EXPECT_EQ(of_bytes(Kind::Inet6, loopback, 0, "sin6_addr"), "inet_pton(AF_INET6, \"::1\", &sin6_addr)");
  EXPECT_EQ(of_bytes(Kind::Inet6, "short"), "\"\\x73\\x68\\x6f\\x72\\x74\"");
  EXPECT_EQ(of_bytes(Kind::InetOf, std::string_view("\x0a\x00\x00\x01", 4), 2), "inet_addr(\"10.0.0.1\")");
  EXPECT_EQ(of_bytes(Kind::InetOf, loopback, 10), "inet_pton(AF_INET6, \"::1\")");
  EXPECT_EQ(of_bytes(Kind::InetOf, "\x01", 99), "\"\\x01\"");
  EXPECT_EQ(of_bytes(Kind::UnixPath, std::string_view("/tmp\0junk", 9)), "\"/tmp\"");
  EXPECT_EQ(of_bytes(Kind::UnixPath, std::string_view("\0a\0b", 4)), "@\"a\\x00b\"");
  EXPECT_EQ(of_bytes(Kind::UnixPath, std::string_view("\0", 1)), "\"\"");
  EXPECT_EQ(of_bytes(Kind::UnixPath, std::string(200, 'x')), "\"" + std::string(108, 'x') + "\"");
  EXPECT_EQ(of_bytes(Kind::Mac, std::string_view("\x00\x1a\xff", 3)), "00:1a:ff");
  parameter_ = 1;
  EXPECT_EQ(of(Kind::SockoptName, 2, 4), "SO_REUSEADDR");
  EXPECT_EQ(of(Kind::SockoptName, 555, 4), "0x22b /* SO_??? */");
  parameter_ = 77;
  EXPECT_EQ(of(Kind::SockoptName, 555, 4), "555");
}

TEST_F(KindsTest, BpfPrograms) {
  const std::string_view program(
      "\x20\x00\x00\x00\x04\x00\x00\x00\x15\x00\x01\x02\x3e\x00\x00\xc0\x06\x00\x00\x00\x00\x00\xff\x7f\x87\x00", 26);
  EXPECT_EQ(of_bytes(Kind::BpfProg, program),
            "[BPF_STMT(BPF_LD|BPF_W|BPF_ABS, 0x4), BPF_JUMP(BPF_JMP|BPF_K|BPF_JEQ, 0xc000003e, 0x1, 0x2), "
            "BPF_STMT(BPF_RET|BPF_K, 0x7fff0000)]");
}

TEST_F(KindsTest, OldDirents) {
  std::string entry(24, '\0');
  entry[0] = 7;
  entry[8] = 9;
  entry[16] = 24;
  entry.replace(18, 2, "hi");
  entry[23] = 8;
  EXPECT_EQ(of_bytes(Kind::Dirents, entry + entry.substr(0, 10)),
            "[{d_ino=7, d_off=9, d_reclen=24, d_name=\"hi\", d_type=0x8 /* DT_??? */}]");
  entry[16] = 3;  // shorter than its own header
  EXPECT_EQ(of_bytes(Kind::Dirents, entry), "[]");
}

TEST(ErrorNames, KernelAndLibrary) {
  EXPECT_EQ(errno_name(Errno(2)), "ENOENT");
  EXPECT_EQ(errno_text(Errno(2)), "No such file or directory");
  EXPECT_EQ(errno_name(Errno(516)), "ERESTART_RESTARTBLOCK");
  EXPECT_EQ(errno_text(Errno(514)), "To be restarted if no handler");
  EXPECT_EQ(errno_name(Errno(0)), "");
  EXPECT_EQ(errno_name(Errno(4000)), "");
  EXPECT_EQ(find_errno("enoent"), Errno(2));
  EXPECT_EQ(find_errno("EAGAIN"), find_errno("EWOULDBLOCK"));
  EXPECT_EQ(find_errno("2"), Errno(2));
  EXPECT_EQ(find_errno(""), std::nullopt);
  EXPECT_EQ(find_signal("chld"), Signal(17));
  EXPECT_EQ(find_signal("SIGRT_3"), Signal(35));
  EXPECT_EQ(find_signal("9"), Signal(9));
  EXPECT_EQ(find_signal("65"), std::nullopt);
  EXPECT_EQ(find_signal("sig"), std::nullopt);
}

}  // namespace
}  // namespace tether::decode::testing
