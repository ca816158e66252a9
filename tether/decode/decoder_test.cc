// Calls over hand-made tables: what is captured, what is decoded, what is asked for.

#include "tether/decode/decoder.h"

#include <gtest/gtest.h>

#include "tether/decode/internal/test_support.h"

namespace tether::decode::testing {
namespace {

constexpr std::uint8_t kInOut = kIn | kOut;

/// A few calls of each shape.
class DecoderTest : public ::testing::Test {
 protected:
  enum : std::uint32_t {
    kGetppid,
    kRead,
    kWrite,
    kOpenat,
    kStat,
    kReadv,
    kExecve,
    kGetsockname,
    kFcntl,
    kGetdents,
    kBind,
    kIoctl
  };

  DecoderTest() {
    const TypeId integer = b.scalar(Kind::Int, 4);
    const TypeId size = b.scalar(Kind::Size, 8);
    const TypeId fd = b.scalar(Kind::Fd, 4);
    const TypeId path = b.pointer(b.text(Kind::Path), kIn);
    const ExprId ret = b.expr({.op = ExprOp::Ret});
    b.call(kGetppid, "getppid", {}, b.scalar(Kind::Pid, 4));
    b.call(kRead, "read",
           {{"fd", fd, 4}, {"buf", b.pointer(b.text(Kind::Bytes, LengthMode::Ret), kOut)}, {"count", size}}, size);
    b.call(kWrite, "write",
           {{"fd", fd, 4},
            {"buf", b.pointer(b.text(Kind::Bytes, LengthMode::Given, b.arg_expr(2)), kIn)},
            {"count", size}},
           size);
    const SetId access = b.set(true, "O_???", {{"O_RDONLY", 0}, {"O_WRONLY", 1}, {"O_RDWR", 2}});
    const SetId rest =
        b.set(false, "O_???", {{"O_SYNC", 04010000}, {"O_CREAT", 0100}, {"O_CLOEXEC", 02000000}, {"O_DSYNC", 010000}});
    const TypeId open_flags = b.bits_of({{BitsPartOp::Enum, access, 3}, {BitsPartOp::Flags, rest, 0}});
    const ExprId creates = b.expr({.op = ExprOp::Has, .a = b.arg_expr(2), .b = b.constant(0100)});
    b.call(kOpenat, "openat",
           {{"dirfd", b.scalar(Kind::Dirfd, 4), 4},
            {"pathname", path},
            {"flags", open_flags, 4},
            {"mode", b.type({.op = TypeOp::If, .a = creates, .b = b.scalar(Kind::Umode, 2)}), 2}},
           fd);
    const TypeId stat = b.structure("stat", 24,
                                    {{"st_ino", 0, b.scalar(Kind::U64, 8), 0, true},
                                     {"st_mode", 8, b.scalar(Kind::Filemode, 4)},
                                     {"st_size", 12, b.scalar(Kind::U32, 4)},
                                     {"st_mtime", 16, b.scalar(Kind::Epoch, 4), 0, true},
                                     {"st_mtime_nsec", 20, b.scalar(Kind::U32, 4), 0, true}});
    b.call(kStat, "stat", {{"pathname", path}, {"statbuf", b.pointer(stat, kOut)}});
    const TypeId iov_base = b.pointer(b.text(Kind::Bytes, LengthMode::WithinRet, b.field_expr(8, 8)), kOut);
    const TypeId iovec = b.structure("iovec", 16, {{"iov_base", 0, iov_base}, {"iov_len", 8, size}});
    b.call(kReadv, "readv",
           {{"fd", fd, 4}, {"iov", b.pointer(b.array(iovec, LengthMode::Given, b.arg_expr(2)), kIn)}, {"iovcnt", size}},
           size);
    b.call(kExecve, "execve",
           {{"pathname", path},
            {"argv", b.pointer(b.text(Kind::Strs), kIn)},
            {"envp", b.pointer(b.text(Kind::Envs), kIn)}});
    const ExprId family = b.expr({.op = ExprOp::Here, .a = 0, .b = 2});
    const SetId af = b.set(true, "AF_???", {{"AF_UNSPEC", 0}, {"AF_UNIX", 1}, {"AF_INET", 2}, {"AF_INET6", 10}});
    const TypeId af_type = b.enum_of(af, 2);
    const TypeId in = b.structure("sockaddr_in", 16,
                                  {{"sa_family", 0, af_type},
                                   {"sin_port", 2, b.scalar(Kind::Be16, 2, b.string("htons"))},
                                   {"sin_addr", 4, b.scalar(Kind::Inet4, 4)}});
    const TypeId un =
        b.structure("sockaddr_un", 110, {{"sa_family", 0, af_type}, {"sun_path", 2, b.scalar(Kind::UnixPath, 0)}});
    const TypeId in6 =
        b.structure("sockaddr_in6", 28, {{"sa_family", 0, af_type}, {"sin6_addr", 8, b.scalar(Kind::Inet6, 16)}});
    const TypeId any = b.structure("sockaddr", 2, {{"sa_family", 0, af_type}});
    const TypeId sockaddr = b.choice(family, 0, {{1, 0, un}, {2, 0, in}, {10, 0, in6}}, any);
    const ExprId length = b.expr({.op = ExprOp::Deref, .a = b.arg_expr(2), .b = 4});
    b.call(kGetsockname, "getsockname",
           {{"fd", fd, 4}, {"addr", b.pointer(sockaddr, kOut, length)}, {"addrlen", b.pointer(integer, kInOut)}});
    b.call(kBind, "bind",
           {{"fd", fd, 4}, {"addr", b.pointer(sockaddr, kIn, b.arg_expr(2))}, {"addrlen", integer, 4, true}});
    const SetId cmds = b.set(true, "F_???", {{"F_GETFD", 1}, {"F_SETFD", 2}, {"F_GETFL", 3}});
    CallNode& fcntl = b.call(kFcntl, "fcntl", {{"fd", fd, 4}, {"cmd", b.enum_of(cmds), 4}}, integer);
    fcntl.variant_key = b.arg_expr(1);
    fcntl.result_note = static_cast<std::uint8_t>(ResultNote::Fcntl);
    b.variant(kFcntl, 2, {{"arg", b.flags_of(b.set(false, "FD_???", {{"FD_CLOEXEC", 1}}))}});
    b.variant(kFcntl, 3, {}, open_flags);
    b.variant(kFcntl, 0, {{"arg", b.scalar(Kind::Hex, 8)}});
    const TypeId dirent =
        b.structure("dirent", 3, {{"d_reclen", 0, b.scalar(Kind::U16, 2)}, {"d_type", 2, b.scalar(Kind::U8, 1)}});
    const TypeId entries = b.records({.header_struct = b.build().types[dirent].a,
                                      .header_size = 3,
                                      .length_offset = 0,
                                      .length_width = 2,
                                      .align = 1,
                                      .body_label = b.string("d_name"),
                                      .body = b.text(Kind::Cstr, LengthMode::Available),
                                      .brief = b.string("entries")});
    b.call(kGetdents, "getdents", {{"fd", fd, 4}, {"dirp", b.pointer(entries, kOut, ret)}, {"count", size}});
    b.ioctl(0x5401, "TCGETS", b.pointer(b.structure("termios", 4, {{"c_iflag", 0, b.scalar(Kind::Hex, 4)}}), kOut));
    b.ioctl(0x541b, "FIONREAD", b.pointer(integer, kOut));
    b.ioctl(0x5421, "FIONBIO", b.pointer(integer, kIn));
    b.call(kIoctl, "ioctl",
           {{"fd", fd, 4}, {"op", b.scalar(Kind::IoctlCmd, 4), 4}, {"arg", b.scalar(Kind::IoctlArg, 8)}});
  }

  Harness harness(const DecodeOptions& options = {}) { return Harness(b.table_set(), options); }

  TableBuilder b;
};

TEST_F(DecoderTest, CallWithoutMemoryReadsNothing) {
  Harness h = harness();
  EXPECT_EQ(h.text(kGetppid, {}, 42), "getppid() = 42");
  EXPECT_EQ(h.memory.reads, 0u);
  EXPECT_EQ(h.entry().header().chunk_count, 0);
}

TEST_F(DecoderTest, BufferCostsOneRead) {
  Harness h = harness();
  h.memory.put(0x1000, "hello");
  EXPECT_EQ(h.text(kRead, {3, 0x1000, 100}, 5), "read(3, \"hello\", 100) = 5");
  EXPECT_EQ(h.memory.reads, 1u);
  EXPECT_EQ(h.memory.bytes, 5u);
  EXPECT_EQ(h.text(kRead, {3, 0x1000, 100}, 0), "read(3, \"\", 100) = 0");
  EXPECT_EQ(h.text(kRead, {3, 0x1000, 100}, -9), "read(3, 0x1000, 100) = -1 EBADF");
  EXPECT_EQ(h.text(kRead, {3, 0x1000, 100}, -512), "read(3, 0x1000, 100) = ? ERESTARTSYS");
  EXPECT_EQ(h.text(kWrite, {3, 0, 5}, -14), "write(3, NULL, 5) = -1 EFAULT");
  EXPECT_EQ(h.text(kWrite, {3, 0x1000, 6}, -14), "write(3, 0x1000, 6) = -1 EFAULT");
}

TEST_F(DecoderTest, LongBufferIsCutAtTheStringLimit) {
  Harness h = harness({.string_limit = 4});
  h.memory.put(0x1000, "hello, world");
  EXPECT_EQ(h.text(kWrite, {1, 0x1000, 12}, 12), "write(1, \"hell\"..., 12) = 12");
  EXPECT_EQ(h.memory.bytes, 4u);
  EXPECT_EQ(h.text(kWrite, {1, 0x1000, 4}, 4), "write(1, \"hell\", 4) = 4");
  EXPECT_EQ(h.text(kWrite, {1, 0x1000, ~0ull}, -14), "write(1, \"hell\"..., 18446744073709551615) = -1 EFAULT");
}

TEST_F(DecoderTest, PathsFlagsAndConditionalArguments) {
  Harness h = harness();
  h.memory.put(0x2000, std::string_view("/etc/passwd\0garbage", 19));
  EXPECT_EQ(h.text(kOpenat, {0xffffff9c, 0x2000, 0}, 3), "openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY) = 3");
  EXPECT_EQ(h.memory.reads, 1u);
  // Only the path and its NUL are kept.
  EXPECT_EQ((*h.entry().chunks()).bytes.size(), 12u);
  EXPECT_EQ(h.text(kOpenat, {7, 0x2000, 02000101, 0644}, 3),
            "openat(7, \"/etc/passwd\", O_WRONLY|O_CREAT|O_CLOEXEC, 0644) = 3");
  EXPECT_EQ(h.text(kOpenat, {7, 0x2000, 3 | 0x40000000}, 3),
            "openat(7, \"/etc/passwd\", 0x3 /* O_??? */|0x40000000) = 3");
  EXPECT_EQ(h.text(kOpenat, {7, 0, 04010002}, -2), "openat(7, NULL, O_RDWR|O_SYNC) = -1 ENOENT");
}

TEST_F(DecoderTest, PathAcrossPages) {
  Harness h = harness();
  const std::string path(5000, 'x');
  h.memory.put(0x1ff0, path);
  EXPECT_EQ(h.text(kOpenat, {7, 0x1ff0, 0}, -36),
            "openat(7, \"" + path.substr(0, 4096) + "\"..., O_RDONLY) = -1 ENAMETOOLONG");
  h.memory.put(0x8ff0, std::string(100, 'y'));  // unreadable before any NUL
  EXPECT_EQ(h.text(kOpenat, {7, 0x8ff0, 0}, -14), "openat(7, 0x8ff0, O_RDONLY) = -1 EFAULT");
}

TEST_F(DecoderTest, StructsHideWhatOnlyVerboseShows) {
  const struct {
    std::uint64_t ino = 7;
    std::uint32_t mode = 0104755, size = 99, mtime = 1700000000, nsec = 5;
  } stat;
  Harness h = harness();
  h.memory.put(0x1000, std::string_view("/x\0", 3));
  h.memory.put_object(0x3000, stat);
  EXPECT_EQ(h.text(kStat, {0x1000, 0x3000}, 0), "stat(\"/x\", {st_mode=S_IFREG|S_ISUID|0755, st_size=99, ...}) = 0");
  EXPECT_EQ(h.text(kStat, {0x1000, 0x3000}, -2), "stat(\"/x\", 0x3000) = -1 ENOENT");
  EXPECT_EQ(h.text(kStat, {0x1000, 0x3001}, 0), "stat(\"/x\", 0x3001) = 0");
  Harness verbose = harness({.verbose = true});
  verbose.memory = h.memory;
  EXPECT_EQ(verbose.text(kStat, {0x1000, 0x3000}, 0),
            "stat(\"/x\", {st_ino=7, st_mode=S_IFREG|S_ISUID|0755, st_size=99, st_mtime=@1700000000.5, "
            "st_mtime_nsec=5}) = 0");
}

TEST_F(DecoderTest, EnterShowsWhatIsKnownAndExitTheRest) {
  Harness h = harness();
  h.memory.put(0x1000, "hello");
  h.run(kRead, {3, 0x1000, 100}, 5);
  const Event enter = h.decoder().enter(h.entry(), h.arena());
  const auto& entered = std::get<SyscallEvent>(enter.what);
  EXPECT_EQ(to_text(entered), "read(3, ");
  EXPECT_EQ(entered.args.size(), 1u);
  EXPECT_EQ(entered.args[0].label, "fd");
  EXPECT_TRUE(entered.more_args);
  const Event exit = h.decoder().exit(h.entry(), h.exit(), h.arena(), entered.args.size());
  const auto& exited = std::get<SyscallEvent>(exit.what);
  EXPECT_EQ(to_text(exited), "read(\"hello\", 100) = 5");
  EXPECT_EQ(exited.first_arg, 1);
  EXPECT_EQ(exited.entry_time_ns, 100u);
  EXPECT_EQ(exit.origin.time_ns, 200u);
  EXPECT_EQ(to_text(std::get<SyscallEvent>(h.decoder().enter_whole(h.entry(), h.arena()).what)),
            "read(3, 0x1000, 100) = ?");
}

TEST_F(DecoderTest, VectorsShareTheResultAsTheirBudget) {
  const std::uint64_t iov[] = {0x1000, 4, 0x1100, 100, 0x1200, 100};
  Harness h = harness();
  h.memory.put(0x1000, "hell");
  h.memory.put(0x1100, "o, world and more");
  h.memory.put_object(0x4000, iov);
  EXPECT_EQ(h.text(kReadv, {3, 0x4000, 3}, 12),
            "readv(3, [{iov_base=\"hell\", iov_len=4}, {iov_base=\"o, world\", iov_len=100}, {iov_base=\"\", "
            "iov_len=100}], 3) = 12");
  EXPECT_EQ(h.text(kReadv, {3, 0x4000, 1}, -9), "readv(3, [{iov_base=0x1000, iov_len=4}], 1) = -1 EBADF");
  EXPECT_EQ(h.text(kReadv, {3, 0x4000, 4}, -9),
            "readv(3, [{iov_base=0x1000, iov_len=4}, {iov_base=0x1100, iov_len=100}, {iov_base=0x1200, iov_len=100}, "
            "... /* 0x4030 */], 4) = -1 EBADF");
  EXPECT_EQ(h.text(kReadv, {3, 0x4000, 0}, 0), "readv(3, [], 0) = 0");
  EXPECT_EQ(h.text(kReadv, {3, 0x9000, 3}, -14), "readv(3, 0x9000, 3) = -1 EFAULT");
}

TEST_F(DecoderTest, ArgumentsAndEnvironment) {
  const std::uint64_t argv[] = {0x1000, 0x1002, 0};
  Harness h = harness();
  h.memory.put(0x1000, std::string_view("a\0bc\0", 5));
  h.memory.put_object(0x2000, argv);
  EXPECT_EQ(h.text(kExecve, {0x1000, 0x2000, 0x2000}, 0), "execve(\"a\", [\"a\", \"bc\"], 0x2000 /* 2 vars */) = 0");
  EXPECT_EQ(h.text(kExecve, {0x1000, 0x2008, 0x2008}, 0), "execve(\"a\", [\"bc\"], 0x2008 /* 1 var */) = 0");
  EXPECT_EQ(h.text(kExecve, {0x1000, 0x2010, 0}, 0), "execve(\"a\", [], NULL) = 0");
  EXPECT_EQ(h.text(kExecve, {0x1000, 0x7000, 0x7000}, -14), "execve(\"a\", 0x7000, 0x7000) = -1 EFAULT");
  h.memory.put(0x3000, std::string_view("\0\x10\0\0\0\0\0\0\0\x10\0\0\0\0\0\0", 16));
  EXPECT_EQ(h.text(kExecve, {0x1000, 0x3000, 0x3000}, -14),
            "execve(\"a\", [\"a\", \"a\", ... /* 0x3010 */], 0x3000 /* 2 vars, unterminated */) = -1 EFAULT");
  Harness shorter = harness({.string_limit = 1});
  shorter.memory = h.memory;
  EXPECT_EQ(shorter.text(kExecve, {0x1000, 0x2000, 0}, 0), "execve(\"a\", [\"a\", ...], NULL) = 0");
}

TEST_F(DecoderTest, SocketAddressesByFamilyAndChangedLengths) {
  Harness h = harness();
  ArrayMemory after;
  h.memory.put_object(0x2000, std::uint32_t{128});
  after.put_object(0x2000, std::uint32_t{16});
  after.put(0x1000, std::string_view("\2\0\0\x50\x7f\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0", 20));
  h.memory_at_exit = &after;
  EXPECT_EQ(
      h.text(kGetsockname, {3, 0x1000, 0x2000}, 0),
      "getsockname(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr(\"127.0.0.1\")}, [128 => 16]) = 0");
  EXPECT_EQ(h.text(kGetsockname, {3, 0x1000, 0x2000}, -9), "getsockname(3, 0x1000, [128]) = -1 EBADF");
  h.memory_at_exit = nullptr;
  h.memory.put(0x1000, std::string_view("\1\0/tmp/x\0rest", 13));
  EXPECT_EQ(h.text(kBind, {3, 0x1000, 13}, 0), "bind(3, {sa_family=AF_UNIX, sun_path=\"/tmp/x\"}, 13) = 0");
  EXPECT_EQ(h.text(kBind, {3, 0x1000, 2}, 0), "bind(3, {sa_family=AF_UNIX}, 2) = 0");
  EXPECT_EQ(h.text(kBind, {3, 0x1000, 1}, -22), "bind(3, 0x1000, 1) = -1 EINVAL");
  h.memory.put(0x1000, std::string_view("\1\0\0abs", 6));
  EXPECT_EQ(h.text(kBind, {3, 0x1000, 6}, 0), "bind(3, {sa_family=AF_UNIX, sun_path=@\"abs\"}, 6) = 0");
  h.memory.put(0x1000, std::string("\x0a\0\0\0\0\0\0\0", 8) + std::string(15, '\0') + "\1" + std::string(4, '\0'));
  EXPECT_EQ(h.text(kBind, {3, 0x1000, 28}, 0),
            "bind(3, {sa_family=AF_INET6, inet_pton(AF_INET6, \"::1\", &sin6_addr)}, 28) = 0");
}

TEST_F(DecoderTest, VariantsAndResultsByCommand) {
  Harness h = harness();
  EXPECT_EQ(h.text(kFcntl, {3, 3}, 02000002), "fcntl(3, F_GETFL) = 0x80002 (flags O_RDWR|O_CLOEXEC)");
  EXPECT_EQ(h.text(kFcntl, {3, 2, 1}, 0), "fcntl(3, F_SETFD, FD_CLOEXEC) = 0");
  EXPECT_EQ(h.text(kFcntl, {3, 77, 5}, -22), "fcntl(3, 0x4d /* F_??? */, 0x5) = -1 EINVAL");
}

TEST_F(DecoderTest, RecordsAreCountedOrListed) {
  const std::string_view entries("\6\0\4a\0\0\5\0\10b\0", 11);
  Harness h = harness();
  h.memory.put(0x1000, entries);
  EXPECT_EQ(h.text(kGetdents, {3, 0x1000, 100}, 11), "getdents(3, 0x1000 /* 2 entries */, 100) = 11");
  EXPECT_EQ(h.text(kGetdents, {3, 0x1000, 100}, 6), "getdents(3, 0x1000 /* 1 entry */, 100) = 6");
  EXPECT_EQ(h.text(kGetdents, {3, 0x1000, 100}, 0), "getdents(3, 0x1000 /* 0 entries */, 100) = 0");
  Harness verbose = harness({.verbose = true});
  verbose.memory = h.memory;
  EXPECT_EQ(verbose.text(kGetdents, {3, 0x1000, 100}, 11),
            "getdents(3, [{d_reclen=6, d_type=4, d_name=\"a\"}, {d_reclen=5, d_type=8, d_name=\"b\"}], 100) = 11");
  verbose.memory.put(0x1000, std::string_view("\0\0\4a\0\0", 6));  // a record of no length
  EXPECT_EQ(verbose.text(kGetdents, {3, 0x1000, 100}, 6),
            "getdents(3, [{d_reclen=0, d_type=4}, ... /* 0x1003 */], 100) = 6");
}

TEST_F(DecoderTest, IoctlArgumentsByRequest) {
  Harness h = harness();
  h.memory.put_object(0x1000, std::uint32_t{0x500});
  EXPECT_EQ(h.text(kIoctl, {0, 0x5401, 0x1000}, 0), "ioctl(0, TCGETS, {c_iflag=0x500}) = 0");
  EXPECT_EQ(h.text(kIoctl, {0, 0x541b, 0x1000}, 0), "ioctl(0, FIONREAD, [1280]) = 0");
  EXPECT_EQ(h.text(kIoctl, {0, 0x5421, 0x1000}, 0), "ioctl(0, FIONBIO, [1280]) = 0");
  EXPECT_EQ(h.text(kIoctl, {0, 0x5401, 0x1000}, -25), "ioctl(0, TCGETS, 0x1000) = -1 ENOTTY");
  EXPECT_EQ(h.text(kIoctl, {0, 0xc0345678, 5}, -25),
            "ioctl(0, _IOC(_IOC_READ|_IOC_WRITE, 0x56, 0x78, 0x34), 0x5) = -1 ENOTTY");
}

TEST_F(DecoderTest, DescriptorsAreFollowedOnlyIfWanted) {
  Harness h = harness({.fd_paths = true});
  h.memory.set_fd(3, "/dev/null");
  h.memory.set_fd(4, "socket:[77]", "TCP");
  h.memory.set_fd(-100, "/home");
  h.memory.put(0x1000, std::string_view("/x\0", 3));
  EXPECT_EQ(h.text(kOpenat, {0xffffff9c, 0x1000, 0}, 3), "openat(AT_FDCWD</home>, \"/x\", O_RDONLY) = 3</dev/null>");
  EXPECT_EQ(h.text(kOpenat, {4, 0x1000, 0}, -2), "openat(4<socket:[77]>, \"/x\", O_RDONLY) = -1 ENOENT");
  Harness details = harness({.fd_details = true});
  details.memory = h.memory;
  details.memory.set_fd(3, "/dev/null", {}, "<char 1:3>");
  details.memory.set_fd(4, "socket:[77]", "TCP", "TCP:[127.0.0.1:80->127.0.0.1:4242]");
  EXPECT_EQ(details.text(kOpenat, {4, 0x1000, 0}, 3),
            "openat(4<TCP:[127.0.0.1:80->127.0.0.1:4242]>, \"/x\", O_RDONLY) = 3</dev/null<char 1:3>>");
}

TEST_F(DecoderTest, ProcessesAreNamedOnlyIfWanted) {
  EXPECT_EQ(harness().text(kGetppid, {}, 1), "getppid() = 1");
  Harness named = harness({.pid_names = true});
  EXPECT_EQ(named.text(kGetppid, {}, 1), "getppid() = 1<init>");
  EXPECT_EQ(named.text(kGetppid, {}, 2), "getppid() = 2") << "it has no name";
}

TEST_F(DecoderTest, WithoutRoomForTextBadPointersAreStillSeen) {
  Harness h = harness({.string_limit = 0});
  h.memory.put(0x1000, "x");
  EXPECT_EQ(h.text(kWrite, {3, 0x1000, 1}, 1), "write(3, \"\"..., 1) = 1");
  EXPECT_EQ(h.text(kWrite, {3, 0x2000, 1}, -14), "write(3, 0x2000, 1) = -1 EFAULT");
  EXPECT_EQ(h.text(kWrite, {3, 0x2000, 0}, 0), "write(3, \"\", 0) = 0");
}

TEST_F(DecoderTest, UnknownNumbersAndRawCalls) {
  Harness h = harness();
  EXPECT_EQ(h.text(0x1d9, {1, 2, 3, 0, 5, 6}, -38), "syscall_0x1d9(0x1, 0x2, 0x3, 0, 0x5, 0x6) = -1 ENOSYS");
  DecodeOptions options;
  options.raw.insert({Abi::X86_64, kWrite});
  Harness raw = harness(options);
  EXPECT_EQ(raw.text(kWrite, {3, 0x1000, 6}, 6), "write(0x3, 0x1000, 0x6) = 0x6");
  // The registers as they are: no C type extends them.
  EXPECT_EQ(raw.text(kWrite, {0xffffff9c, 0x1000, 6}, 0), "write(0xffffff9c, 0x1000, 0x6) = 0");
  EXPECT_EQ(raw.memory.reads, 0u);
}

TEST_F(DecoderTest, SignalsAndEnds) {
  Decoder decoder({}, b.table_set());
  Arena arena;
  RawEventBuilder builder;
  RawSignal raw{.signal = 17, .has_info = 1};
  const std::int32_t info[] = {17, 0, 1, 0, 123, 1000, 3};
  std::memcpy(raw.siginfo, info, sizeof info);
  builder.begin(RawKind::Signal, Abi::X86_64, Tid(2), Pid(1), 0);
  builder.set_payload(raw);
  Event event = decoder.other(RawEventView(builder.finish()), arena);
  EXPECT_EQ(to_text(std::get<SignalEvent>(event.what).info),
            "{si_signo=SIGCHLD, si_code=0x1, si_pid=123, si_uid=1000, si_status=3, si_utime=0, si_stime=0}");
  builder.begin(RawKind::Killed, Abi::X86_64, Tid(2), Pid(1), 0);
  builder.set_payload(RawStatus{.value = 9, .core_dumped = 1});
  event = decoder.other(RawEventView(builder.finish()), arena);
  EXPECT_EQ(std::get<KilledEvent>(event.what).name, "SIGKILL");
  EXPECT_TRUE(std::get<KilledEvent>(event.what).core_dumped);
}

}  // namespace
}  // namespace tether::decode::testing
