// The calls that no row of the tables can say, and the notes behind results.

#include <gtest/gtest.h>

#include "tether/decode/internal/test_support.h"

namespace tether::decode::testing {
namespace {

/// {tv_sec, tv_nsec}, {tv_sec, tv_usec}.
struct Time {
  std::uint64_t seconds;
  std::uint64_t fraction;
};
struct Pollfd {
  std::int32_t fd;
  std::uint16_t events;
  std::uint16_t revents;
};

TEST(Sigreturn, ShowsTheMaskOfEachFrame) {
  TableBuilder b;
  b.call(15, "rt_sigreturn", {});
  b.call(119, "sigreturn", {});
  Harness h(b.table_set());
  h.stack_pointer = 0x1000;
  h.memory.put_object(0x1000 + 296, std::uint64_t{1} << 16);
  EXPECT_EQ(h.text(15, {}, 0), "rt_sigreturn({mask=[CHLD]}) = 0");
  EXPECT_EQ(h.memory.reads, 1u);
  h.stack_pointer = 0x9000;
  EXPECT_EQ(h.text(15, {}, 0), "rt_sigreturn() = 0");
  h.abi = Abi::I386;
  h.stack_pointer = 0x2000;
  h.memory.put_object(0x2000 + 248, std::uint64_t{1} << 1);
  EXPECT_EQ(h.text(15, {}, 0), "rt_sigreturn({mask=[INT]}) = 0");
  h.stack_pointer = 0x3000;
  h.memory.put_object(0x3000 + 80, std::uint32_t{1} << 1);
  h.memory.put_object(0x3000 + 712, std::uint32_t{1});
  EXPECT_EQ(h.text(119, {}, 0), "sigreturn({mask=[INT RT_1]}) = 0");
}

TEST(Recvmsg, ShowsTheNameLengthBeforeAndAfter) {
  TableBuilder b;
  const TypeId message = b.structure(
      "user_msghdr", 16, {{"msg_name", 0, b.scalar(Kind::Addr, 8)}, {"msg_namelen", 8, b.scalar(Kind::Int, 4)}});
  b.call(47, "recvmsg", {{"sockfd", b.scalar(Kind::Fd, 4), 4}, {"msg", b.pointer(message, kOut)}});
  Harness h(b.table_set());
  ArrayMemory after;
  h.memory.put_object(0x1000, Time{0, 128});
  after.put_object(0x1000, Time{0, 16});
  h.memory_at_exit = &after;
  EXPECT_EQ(h.text(47, {3, 0x1000}, 5), "recvmsg(3, {msg_name=NULL, msg_namelen=128 => 16}) = 5");
  EXPECT_EQ(h.text(47, {3, 0x1000}, -11), "recvmsg(3, {msg_namelen=128}) = -1 EAGAIN");
  EXPECT_EQ(h.text(47, {3, 0}, -14), "recvmsg(3, NULL) = -1 EFAULT");
  h.memory_at_exit = nullptr;
  EXPECT_EQ(h.text(47, {3, 0x1000}, 5), "recvmsg(3, {msg_name=NULL, msg_namelen=128}) = 5");
}

TEST(Regset, ShowsTheLengthBeforeAndAfter) {
  constexpr std::uint64_t kGetRegset = 0x4204;  // PTRACE_GETREGSET
  TableBuilder b;
  const TypeId iov =
      b.structure("iovec", 16, {{"iov_base", 0, b.scalar(Kind::Addr, 8)}, {"iov_len", 8, b.scalar(Kind::Ulong, 8)}});
  const TypeId word = b.scalar(Kind::Hex, 8);
  b.call(101, "ptrace", {{"request", word}, {"pid", word}, {"note", word}, {"iov", b.pointer(iov, kOut)}});
  Harness h(b.table_set());
  ArrayMemory after;
  h.memory.put_object(0x1000, Time{0x5000, 4096});
  after.put_object(0x1000, Time{0x5000, 216});
  h.memory_at_exit = &after;
  EXPECT_EQ(h.text(101, {kGetRegset, 1, 1, 0x1000}, 0),
            "ptrace(0x4204, 0x1, 0x1, {iov_base=0x5000, iov_len=4096 => 216}) = 0");
  EXPECT_EQ(h.text(101, {kGetRegset, 1, 1, 0x1000}, -22),
            "ptrace(0x4204, 0x1, 0x1, {iov_base=0x5000, iov_len=4096}) = -1 EINVAL");
  EXPECT_EQ(h.text(101, {kGetRegset + 1, 1, 1, 0x1000}, -22), "ptrace(0x4205, 0x1, 0x1, 0x1000) = -1 EINVAL");
}

TEST(Socketcall, IsDecodedAsTheCallThatItStandsFor) {
  TableBuilder b;
  b.call(102, "socketcall", {{"call", b.scalar(Kind::Int, 4), 4}, {"args", b.scalar(Kind::Addr, 4), 4}});
  b.call(361, "bind",
         {{"fd", b.scalar(Kind::Fd, 4), 4},
          {"addr", b.pointer(b.text(Kind::Bytes, LengthMode::Given, b.arg_expr(2)), kIn), 4},
          {"addrlen", b.scalar(Kind::Int, 4), 4}});
  Harness h(b.table_set());
  h.abi = Abi::I386;
  const std::uint32_t block[] = {3, 0x2000, 4};
  h.memory.put_object(0x1000, block);
  h.memory.put(0x2000, "abcd");
  EXPECT_EQ(h.text(102, {2, 0x1000}, 0), "bind(3, \"abcd\", 4) = 0");
  EXPECT_EQ(h.text(102, {2, 0x7000}, -14), "socketcall(2, 0x7000) = -1 EFAULT");
  EXPECT_EQ(h.text(102, {99, 0x1000}, -22), "socketcall(99, 0x1000) = -1 EINVAL");
}

TEST(Ipc, IsDecodedAsTheCallThatItStandsFor) {
  TableBuilder b;
  b.call(117, "ipc", {{"call", b.scalar(Kind::Uint, 4), 4}, {"first", b.scalar(Kind::Int, 4), 4}});
  b.call(401, "msgrcv",
         {{"msqid", b.scalar(Kind::Int, 4), 4},
          {"msgp", b.scalar(Kind::Addr, 4), 4},
          {"msgsz", b.scalar(Kind::Size, 4), 4},
          {"msgtyp", b.scalar(Kind::Int, 4), 4},
          {"msgflg", b.scalar(Kind::Hex, 4), 4}});
  b.call(398, "shmdt", {{"shmaddr", b.scalar(Kind::Addr, 4), 4}});
  Harness h(b.table_set());
  h.abi = Abi::I386;
  const std::uint32_t words[] = {0x2000, 7};
  h.memory.put_object(0x1000, words);
  EXPECT_EQ(h.text(117, {12, 3, 20, 0x800, 0x1000, 0}, 8), "msgrcv(3, 0x2000, 20, 7, 0x800) = 8");
  EXPECT_EQ(h.text(117, {22, 3, 0, 0x9000, 0x5000, 0}, 0), "shmdt(0x5000) = 0");
  EXPECT_EQ(h.text(117, {12, 3, 20, 0, 0x7000, 0}, -14), "ipc(12, 3) = -1 EFAULT");
  EXPECT_EQ(h.text(117, {99, 3, 0, 0, 0, 0}, -22), "ipc(99, 3) = -1 EINVAL");
}

TEST(Llseek, PassesTheUpperHalfFirst) {
  TableBuilder b;
  b.call(140, "_llseek", {{"fd", b.scalar(Kind::Fd, 4), 4}, {"offset", b.scalar(Kind::Loff, 8), 8, true}});
  Harness h(b.table_set());
  h.abi = Abi::I386;
  EXPECT_EQ(h.text(140, {3, 1, 2}, 0), "_llseek(3, 4294967298) = 0");
}

class NotesTest : public ::testing::Test {
 protected:
  enum : std::uint32_t { kPoll, kPpoll, kSelect, kPselect };

  NotesTest() {
    const TypeId events = b_.flags_of(b_.set(false, "POLL???", {{"POLLIN", 1}, {"POLLOUT", 4}, {"POLLHUP", 16}}), 2);
    b_.named("poll_events", events);
    const TypeId fd = b_.scalar(Kind::Fd, 4);
    const TypeId count = b_.scalar(Kind::Uint, 4);
    const TypeId pollfd = b_.structure("pollfd", 8, {{"fd", 0, fd}, {"events", 4, events}});
    const TypeId fds = b_.pointer(b_.array(pollfd, LengthMode::Given, b_.arg_expr(1)), kIn);
    const TypeId timespec = b_.structure(
        "timespec", 16, {{"tv_sec", 0, b_.scalar(Kind::Long, 8)}, {"tv_nsec", 8, b_.scalar(Kind::Long, 8)}});
    const TypeId timeval = b_.structure(
        "timeval", 16, {{"tv_sec", 0, b_.scalar(Kind::Long, 8)}, {"tv_usec", 8, b_.scalar(Kind::Long, 8)}});
    const TypeId fdset = b_.pointer(b_.scalar(Kind::Fdset, 0), kIn);
    const TypeId integer = b_.scalar(Kind::Int, 4);
    const auto note = [](CallNode& node, ResultNote n) { node.result_note = static_cast<std::uint8_t>(n); };
    note(b_.call(kPoll, "poll", {{"fds", fds}, {"nfds", count, 4}, {"timeout", integer, 4}}, integer),
         ResultNote::Poll);
    note(b_.call(kPpoll, "ppoll", {{"fds", fds}, {"nfds", count, 4}, {"tmo_p", b_.pointer(timespec, kIn)}}, integer),
         ResultNote::Poll);
    note(
        b_.call(
            kSelect, "select",
            {{"nfds", integer, 4}, {"in", fdset}, {"out", fdset}, {"ex", fdset}, {"timeout", b_.pointer(timeval, kIn)}},
            integer),
        ResultNote::Select);
    note(b_.call(kPselect, "pselect6",
                 {{"nfds", integer, 4},
                  {"in", fdset},
                  {"out", fdset},
                  {"ex", fdset},
                  {"timeout", b_.pointer(timespec, kIn)}},
                 integer),
         ResultNote::Select);
    before_.put_object(0x1000, std::array<Pollfd, 3>{{{6, 1, 0}, {7, 4, 0}, {8, 1, 0}}});
    after_.put_object(0x1000, std::array<Pollfd, 3>{{{6, 1, 0}, {7, 4, 4}, {8, 1, 17}}});
    before_.put_object(0x2000, Time{1, 5});
    after_.put_object(0x2000, Time{0, 999});
    before_.put_object(0x3000, std::uint64_t{0x40});
    after_.put_object(0x3000, std::uint64_t{0x40});
    before_.put_object(0x3100, std::uint64_t{0x81});
    after_.put_object(0x3100, std::uint64_t{0});
  }

  std::string text(std::uint32_t nr, std::initializer_list<std::uint64_t> args, std::int64_t result,
                   const DecodeOptions& options = {}) {
    Harness h(b_.table_set(), options);
    h.memory = before_;
    h.memory_at_exit = &after_;
    return h.text(nr, args, result);
  }

  TableBuilder b_;
  ArrayMemory before_;
  ArrayMemory after_;
};

TEST_F(NotesTest, Poll) {
  const std::string call = "poll([{fd=6, events=POLLIN}, {fd=7, events=POLLOUT}, {fd=8, events=POLLIN}], 3, 0) = ";
  EXPECT_EQ(text(kPoll, {0x1000, 3, 0}, 2), call + "2 ([{fd=7, revents=POLLOUT}, {fd=8, revents=POLLIN|POLLHUP}])");
  EXPECT_EQ(text(kPoll, {0x1000, 3, 0}, 0), call + "0 (Timeout)");
  EXPECT_EQ(text(kPoll, {0x1000, 3, 0}, -4), call + "-1 EINTR");
  EXPECT_EQ(text(kPoll, {0x1000, 3, 0}, 2, {.string_limit = 1}),
            "poll([{fd=6, events=POLLIN}, ...], 3, 0) = 2 ([{fd=7, revents=POLLOUT}, ...])");
  EXPECT_EQ(text(kPpoll, {0x1000, 2, 0x2000}, 1),
            "ppoll([{fd=6, events=POLLIN}, {fd=7, events=POLLOUT}], 2, {tv_sec=1, tv_nsec=5}) = 1 "
            "([{fd=7, revents=POLLOUT}], left {tv_sec=0, tv_nsec=999})");
  EXPECT_EQ(text(kPoll, {0, 0, 0}, 0), "poll(NULL, 0, 0) = 0 (Timeout)");
}

TEST_F(NotesTest, Select) {
  EXPECT_EQ(text(kSelect, {8, 0x3000, 0x3100, 0, 0x2000}, 1),
            "select(8, [6], [0 7], NULL, {tv_sec=1, tv_usec=5}) = 1 (in [6], left {tv_sec=0, tv_usec=999})");
  EXPECT_EQ(text(kPselect, {8, 0x3000, 0, 0, 0}, 1), "pselect6(8, [6], NULL, NULL, NULL) = 1 (in [6])");
  EXPECT_EQ(text(kSelect, {8, 0x3000, 0, 0, 0x2000}, 0),
            "select(8, [6], NULL, NULL, {tv_sec=1, tv_usec=5}) = 0 (Timeout)");
  EXPECT_EQ(text(kSelect, {~0ull, 0x3000, 0, 0, 0}, -22), "select(-1, 0x3000, NULL, NULL, NULL) = -1 EINVAL");
  EXPECT_EQ(text(kSelect, {0, 0x3000, 0, 0, 0x2000}, 0),
            "select(0, [], NULL, NULL, {tv_sec=1, tv_usec=5}) = 0 (Timeout)");
}

TEST_F(NotesTest, NameNoDescriptors) {
  before_.set_fd(6, "/a");
  before_.set_fd(7, "/b");
  before_.set_fd(8, "/c");
  EXPECT_EQ(text(kPoll, {0x1000, 2, 0}, 1, {.fd_paths = true}),
            "poll([{fd=6</a>, events=POLLIN}, {fd=7</b>, events=POLLOUT}], 2, 0) = 1 ([{fd=7, revents=POLLOUT}])");
  EXPECT_EQ(text(kPselect, {8, 0x3000, 0, 0, 0}, 1, {.fd_paths = true}),
            "pselect6(8, [6</a>], NULL, NULL, NULL) = 1 (in [6])");
}

}  // namespace
}  // namespace tether::decode::testing
