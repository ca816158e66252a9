// The walker on awkward and hostile memory: nesting, limits, records, choices within what they describe.

#include <gtest/gtest.h>

#include "tether/decode/internal/limits.h"
#include "tether/decode/internal/test_support.h"

namespace tether::decode::testing {
namespace {

template <class T>
std::string bytes_of(const T& object) {
  return {reinterpret_cast<const char*>(&object), sizeof object};
}

TEST(Walker, ListThatPointsToItselfEnds) {
  TableBuilder b;
  const TypeId next = b.type({.op = TypeOp::Pointer, .width = 8, .flags = kIn | kReadsMemory});
  const TypeId node = b.structure("node", 8, {{"next", 0, next}});
  const_cast<TypeNode&>(b.build().types[next]).a = node;
  b.call(0, "walk", {{"list", b.pointer(node, kIn)}});
  Harness h(b.table_set());
  h.memory.put_object(0x1000, std::uint64_t{0x1000});
  const std::string text = h.text(0, {0x1000}, 0);
  EXPECT_TRUE(text.starts_with("walk({next={next={next=")) << text;
  EXPECT_LE(h.memory.reads, kMaxDepth);
}

TEST(Walker, ReadsAreBoundedWhateverTheCounts) {
  TableBuilder b;
  const TypeId iovec =
      b.structure("iovec", 16,
                  {{"iov_base", 0, b.pointer(b.text(Kind::Bytes, LengthMode::Given, b.field_expr(8, 8)), kIn)},
                   {"iov_len", 8, b.scalar(Kind::Size, 8)}});
  b.call(
      0, "writev",
      {{"iov", b.pointer(b.array(iovec, LengthMode::Given, b.arg_expr(1)), kIn)}, {"count", b.scalar(Kind::Size, 8)}});
  Harness h(b.table_set(), {.string_limit = 1u << 30, .verbose = true});
  std::string vectors;
  for (int i = 0; i < 9000; ++i) vectors += bytes_of(std::array<std::uint64_t, 2>{0x1000000, 0x10000});
  h.memory.put(0x100000, vectors);
  h.memory.put(0x1000000, std::string(0x10000, 'x'));
  h.run(0, {0x100000, ~0ull}, -22);
  EXPECT_LE(h.entry().bytes().size(), kMaxCapturedBytes + 64 * 1024);
  EXPECT_LE(h.memory.reads, kMaxCapturedPieces);
  EXPECT_FALSE(h.text(0, {0x100000, ~0ull}, -22).empty());
}

TEST(Walker, InoutShowsOnlyWhatTheCallWrote) {
  // clone3: flags, then a pointer that the kernel fills if a flag asks for it.
  TableBuilder b;
  const TypeId args = b.structure("clone_args", 24,
                                  {{"flags", 0, b.scalar(Kind::Hex, 8)},
                                   {"pidfd", 8, b.pointer(b.scalar(Kind::Fd, 4), kOut),
                                    b.expr({.op = ExprOp::Has, .a = b.field_expr(0, 8), .b = b.constant(1)})},
                                   {"exit_signal", 16, b.scalar(Kind::Signal, 8)}},
                                  b.arg_expr(1));
  b.call(0, "clone3", {{"cl_args", b.pointer(args, kIn | kOut)}, {"size", b.scalar(Kind::Size, 8)}},
         b.scalar(Kind::Tid, 4));
  Harness h(b.table_set());
  h.memory.put_object(0x1000, std::array<std::uint64_t, 3>{1, 0x2000, 17});
  ArrayMemory after = h.memory;
  after.put_object(0x2000, std::uint32_t{14});
  h.memory_at_exit = &after;
  EXPECT_EQ(h.text(0, {0x1000, 24}, 99),
            "clone3({flags=0x1, pidfd=0x2000, exit_signal=SIGCHLD} => {pidfd=[14]}, 24) = 99");
  EXPECT_EQ(h.text(0, {0x1000, 24}, -22), "clone3({flags=0x1, pidfd=0x2000, exit_signal=SIGCHLD}, 24) = -1 EINVAL");
  EXPECT_EQ(h.text(0, {0x1000, 16}, 99), "clone3({flags=0x1, pidfd=0x2000} => {pidfd=[14]}, 16) = 99");
  h.memory.put_object(0x1000, std::array<std::uint64_t, 5>{0, 0, 17, 0, 7});
  EXPECT_EQ(h.text(0, {0x1000, 32}, -7), "clone3({flags=0, exit_signal=SIGCHLD}, 32) = -1 E2BIG");
  EXPECT_EQ(h.text(0, {0x1000, 40}, -7),
            "clone3({flags=0, exit_signal=SIGCHLD, "
            "\"\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x07\\x00\\x00\\x00\\x00\\x00\\x00\\x00\" "
            "/* bytes 24..39 */}, 40) = -1 E2BIG");
  h.memory.put_object(0x1000, std::array<std::uint64_t, 3>{0, 0x2000, 17});
  after.put_object(0x1000, std::array<std::uint64_t, 3>{0, 0x2000, 17});
  EXPECT_EQ(h.text(0, {0x1000, 24}, 99), "clone3({flags=0, exit_signal=SIGCHLD}, 24) = 99");
}

TEST(Walker, InoutStructsAreShownTwiceOnlyIfTheyChanged) {
  TableBuilder b;
  const TypeId pair = b.structure("pair", 8, {{"a", 0, b.scalar(Kind::U32, 4)}, {"b", 4, b.scalar(Kind::U32, 4)}});
  b.call(0, "swap", {{"pair", b.pointer(pair, kIn | kOut)}});
  Harness h(b.table_set());
  ArrayMemory after;
  h.memory_at_exit = &after;
  h.memory.put_object(0x1000, std::array<std::uint32_t, 2>{1, 2});
  after.put_object(0x1000, std::array<std::uint32_t, 2>{2, 1});
  EXPECT_EQ(h.text(0, {0x1000}, 0), "swap({a=1, b=2} => {a=2, b=1}) = 0");
  after.put_object(0x1000, std::array<std::uint32_t, 2>{1, 2});
  EXPECT_EQ(h.text(0, {0x1000}, 0), "swap({a=1, b=2}) = 0");
  h.memory = ArrayMemory();
  EXPECT_EQ(h.text(0, {0x1000}, 0), "swap({a=1, b=2}) = 0");
  h.memory_at_exit = nullptr;
  EXPECT_EQ(h.text(0, {0x1000}, 0), "swap(0x1000) = 0");
}

TEST(Walker, OutputThatIsValidOnOneError) {
  TableBuilder b;
  const TypeId left = b.type({.op = TypeOp::Pointer,
                              .width = 8,
                              .flags = kOut | kReadsMemory | kNeedsExit | kBrackets,
                              .a = b.scalar(Kind::U32, 4),
                              .c = 4});
  b.call(0, "nanosleep", {{"rem", left}});
  Harness h(b.table_set());
  h.memory.put_object(0x1000, std::uint32_t{7});
  EXPECT_EQ(h.text(0, {0x1000}, -4), "nanosleep([7]) = -1 EINTR");
  EXPECT_EQ(h.text(0, {0x1000}, -516), "nanosleep([7]) = ? ERESTART_RESTARTBLOCK");
  EXPECT_EQ(h.text(0, {0x1000}, -22), "nanosleep(0x1000) = -1 EINVAL");
  EXPECT_EQ(h.text(0, {0x1000}, 0), "nanosleep(0x1000) = 0");
}

TEST(Walker, AChoiceByWhatIsAvailable) {
  TableBuilder b;
  const ExprId available = b.expr({.op = ExprOp::Available});
  const TypeId option =
      b.choice(available, 0, {{4, 0, b.scalar(Kind::U32, 4)}}, b.text(Kind::Bytes, LengthMode::Available));
  b.call(0, "setsockopt", {{"optval", b.pointer(option, kIn, b.arg_expr(1))}, {"optlen", b.scalar(Kind::Size, 8)}});
  Harness h(b.table_set());
  h.memory.put(0x1000, std::string_view("\7\0\0\0abcdefghijkl", 16));
  EXPECT_EQ(h.text(0, {0x1000, 4}, 0), "setsockopt([7], 4) = 0");
  EXPECT_EQ(h.text(0, {0x1000, 5}, 0), "setsockopt(\"\\x07\\x00\\x00\\x00a\", 5) = 0");
  EXPECT_EQ(h.text(0, {0x1000, 0}, 0), "setsockopt(0x1000, 0) = 0");
}

TEST(Walker, AnInterfaceByItsNameIfItHasOne) {
  TableBuilder b;
  b.call(0, "setsockopt", {{"optval", b.pointer(b.scalar(Kind::Ifindex, 4), kIn)}});
  Harness h(b.table_set());
  h.memory.put_object(0x1000, std::uint32_t{1});
  h.memory.put_object(0x2000, std::uint32_t{2});
  h.memory.put_object(0x3000, std::uint32_t{0});
  EXPECT_EQ(h.text(0, {0x1000}, 0), "setsockopt([if_nametoindex(\"lo\")]) = 0");
  EXPECT_EQ(h.text(0, {0x2000}, 0), "setsockopt([2]) = 0");
  EXPECT_EQ(h.text(0, {0x3000}, 0), "setsockopt([0]) = 0");
}

/// Netlink as descriptions say it: messages, in a routing message a header and attributes.
class NetlinkTest : public ::testing::Test {
 protected:
  NetlinkTest() {
    const TypeId attribute =
        b_.structure("rtattr", 4, {{"nla_len", 0, b_.scalar(Kind::U16, 2)}, {"nla_type", 2, b_.scalar(Kind::U16, 2)}});
    const ExprId family = b_.field_expr(0, 1, 1);
    const TypeId body = b_.choice(b_.field_expr(2, 2), 0,
                                  {{1, 0, b_.scalar(Kind::InetOf, 0, family)}, {4, 0, b_.scalar(Kind::Ifindex, 4)}},
                                  b_.text(Kind::Blob, LengthMode::Available));
    const TypeId attributes = records(attribute, 4, 2, body);
    const TypeId rtmsg = b_.structure("rtmsg", 4, {{"rtm_family", 0, b_.scalar(Kind::U8, 1)}});
    const TypeId message = b_.structure(
        "nlmsghdr", 16, {{"nlmsg_len", 0, b_.scalar(Kind::U32, 4)}, {"nlmsg_type", 4, b_.scalar(Kind::U16, 2)}});
    const TypeId payload = b_.choice(b_.field_expr(4, 2), 0, {{24, 0, b_.sequence({rtmsg, attributes})}},
                                     b_.text(Kind::Blob, LengthMode::Available));
    const TypeId netlink = b_.pointer(records(message, 16, 4, payload), kIn, b_.arg_expr(2));
    const TypeId plain = b_.pointer(b_.text(Kind::Bytes, LengthMode::Given, b_.arg_expr(2)), kIn);
    const ExprId protocol = b_.expr({.op = ExprOp::HostQuery, .a = 0, .b = b_.arg_expr(0)});
    b_.call(0, "sendto",
            {{"fd", b_.scalar(Kind::Fd, 4), 4},
             {"buf", b_.choice(protocol, 0, {{0, 0, netlink}}, plain)},
             {"len", b_.scalar(Kind::Size, 8)}});
  }
  TypeId records(TypeId header, std::uint32_t size, std::uint8_t length_width, TypeId body) {
    return b_.records({.header_struct = b_.build().types[header].a,
                       .header_size = size,
                       .length_width = length_width,
                       .align = 4,
                       .body_label = b_.string("data"),
                       .body = body});
  }

  static std::string message(std::uint16_t type, std::string_view payload) {
    const struct {
      std::uint32_t length;
      std::uint16_t type;
      std::uint16_t flags = 0;
      std::uint64_t rest = 0;
    } header{static_cast<std::uint32_t>(16 + payload.size()), type};
    return bytes_of(header) + std::string(payload);
  }

  std::string text(const std::string& sent) {
    Harness h(b_.table_set());
    h.memory.set_fd(3, "socket:[1]", "NETLINK:0");
    h.memory.set_fd(4, "socket:[2]", "TCP");
    h.memory.put(0x1000, sent);
    return h.text(0, {3, 0x1000, sent.size()}, 0);
  }

  TableBuilder b_;
};

TEST_F(NetlinkTest, RoutingMessages) {
  const std::string body(
      "\2\0\0\0"
      "\x08\0\1\0\x0a\0\0\1"
      "\x08\0\4\0\7\0\0\0"
      "\5\0\x63\0\xff\0\0\0",
      28);
  EXPECT_EQ(text(message(24, body)),
            "sendto(3, [{nlmsg_len=44, nlmsg_type=24}, {rtm_family=2}, [[{nla_len=8, nla_type=1}, "
            "inet_addr(\"10.0.0.1\")], [{nla_len=8, nla_type=4}, 7], [{nla_len=5, nla_type=99}, \"\\xff\"]]], 44) = 0");
  EXPECT_EQ(text(message(3, "")), "sendto(3, {nlmsg_len=16, nlmsg_type=3}, 16) = 0");
  EXPECT_EQ(text(message(3, "") + message(4, "ab")),
            "sendto(3, [{nlmsg_len=16, nlmsg_type=3}, [{nlmsg_len=18, nlmsg_type=4}, \"\\x61\\x62\"]], 34) = 0");
  EXPECT_EQ(text("abc"), "sendto(3, \"\\x61\\x62\\x63\", 3) = 0");
}

TEST_F(NetlinkTest, OnlyOnNetlinkSockets) {
  Harness h(b_.table_set());
  h.memory.set_fd(4, "socket:[2]", "TCP");
  h.memory.put(0x1000, "hello");
  EXPECT_EQ(h.text(0, {4, 0x1000, 5}, 5), "sendto(4, \"hello\", 5) = 5");
  EXPECT_EQ(h.text(0, {5, 0x1000, 5}, 5), "sendto(5, \"hello\", 5) = 5");
}

TEST(Walker, AncillaryDataIsARecordWithItsBody) {
  TableBuilder b;
  const TypeId header = b.structure("cmsghdr", 16,
                                    {{"cmsg_len", 0, b.scalar(Kind::Size, 8)},
                                     {"cmsg_level", 8, b.scalar(Kind::Int, 4)},
                                     {"cmsg_type", 12, b.scalar(Kind::Int, 4)}});
  const TypeId body =
      b.choice(b.field_expr(8, 4), b.field_expr(12, 4), {{1, 1, b.array(b.scalar(Kind::Fd, 4), LengthMode::Available)}},
               b.text(Kind::Blob, LengthMode::Available));
  const TypeId cmsg = b.records({.header_struct = b.build().types[header].a,
                                 .header_size = 16,
                                 .length_width = 8,
                                 .align = 8,
                                 .body_label = b.string("cmsg_data"),
                                 .body = body});
  const TypeId control = b.pointer(b.array(cmsg, LengthMode::Available), kOut, b.arg_expr(1));
  b.call(0, "receive", {{"control", control}, {"length", b.scalar(Kind::Size, 8)}});
  Harness h(b.table_set(), {.fd_paths = true});
  h.memory.set_fd(6, "/a");
  h.memory.put(0x1000, bytes_of(std::array<std::uint32_t, 8>{24, 0, 1, 1, 6, 7, 0, 0}));
  EXPECT_EQ(h.text(0, {0x1000, 24}, 0),
            "receive([{cmsg_len=24, cmsg_level=1, cmsg_type=1, cmsg_data=[6</a>, 7]}], 24) = 0");
  EXPECT_EQ(h.text(0, {0x1000, 5}, 0), "receive(0x1000, 5) = 0");
  EXPECT_EQ(h.text(0, {0x1000, 0}, 0), "receive([], 0) = 0");
  h.memory.put(0x1000, bytes_of(std::array<std::uint32_t, 8>{300, 0, 1, 1, 8, 9, 0, 0}));
  EXPECT_EQ(h.text(0, {0x1000, 24}, 0),
            "receive([{cmsg_len=300, cmsg_level=1, cmsg_type=1, cmsg_data=[8, 9]}], 24) = 0");
  h.memory.put(0x1000, bytes_of(std::array<std::uint32_t, 8>{3, 0, 1, 1, 8, 9, 0, 0}));
  EXPECT_EQ(h.text(0, {0x1000, 24}, 0), "receive([{cmsg_len=3, cmsg_level=1, cmsg_type=1}, ... /* 0x1010 */], 24) = 0");
}

TEST(Walker, SocketOptionsByLevelAndName) {
  TableBuilder b;
  const TypeId value = b.type({.op = TypeOp::Scalar,
                               .kind = static_cast<std::uint8_t>(Kind::SockoptValue),
                               .a = b.arg_expr(0),
                               .b = b.arg_expr(1)});
  b.sockopt(1, 2, "SO_REUSEADDR", b.scalar(Kind::Int, 4));
  b.sockopt(1, 25, "SO_BINDTODEVICE", b.text(Kind::Cstr, LengthMode::Available));
  b.call(0, "setsockopt",
         {{"level", b.scalar(Kind::Int, 4), 4},
          {"optname", b.scalar(Kind::SockoptName, 4, b.arg_expr(0)), 4},
          {"optval", b.pointer(value, kIn, b.arg_expr(2))},
          {"optlen", b.scalar(Kind::Int, 4), 4, true}});
  // optlen is the fourth argument; the tables' `sized` names the third register here to keep the row short.
  const_cast<TypeNode&>(b.build().types[b.build().args[2].type]).b = b.arg_expr(3);
  Harness h(b.table_set());
  h.memory.put(0x1000, std::string_view("\1\0\0\0eth0\0...", 12));
  EXPECT_EQ(h.text(0, {1, 2, 0x1000, 4}, 0), "setsockopt(1, SO_REUSEADDR, [1], 4) = 0");
  EXPECT_EQ(h.text(0, {1, 2, 0x1000, 1}, 0), "setsockopt(1, SO_REUSEADDR, \"\\x01\", 1) = 0");
  EXPECT_EQ(h.text(0, {1, 25, 0x1004, 5}, 0), "setsockopt(1, SO_BINDTODEVICE, \"eth0\", 5) = 0");
  EXPECT_EQ(h.text(0, {1, 77, 0x1004, 4}, 0), "setsockopt(1, 0x4d /* SO_??? */, \"eth0\", 4) = 0");
  EXPECT_EQ(h.text(0, {5, 77, 0x1004, 0}, 0), "setsockopt(5, 77, \"\", 0) = 0");
}

TEST(Walker, BitFieldsPaddingAndFusedNames) {
  TableBuilder b;
  const SetId ops = b.set(true, "FUTEX_???", {{"FUTEX_WAIT", 0}, {"FUTEX_WAKE", 1}});
  const SetId fused = b.set(false, "", {{"_PRIVATE", 128}});
  const SetId flags = b.set(false, "", {{"FUTEX_CLOCK_REALTIME", 256}});
  b.call(0, "futex",
         {{"op", b.bits_of({{BitsPartOp::Enum, ops, 127}, {BitsPartOp::Fuse, fused, 0}, {BitsPartOp::Flags, flags, 0}}),
           4}});
  Harness h(b.table_set());
  EXPECT_EQ(h.text(0, {129}, 0), "futex(FUTEX_WAKE_PRIVATE) = 0");
  EXPECT_EQ(h.text(0, {256 | 128}, 0), "futex(FUTEX_WAIT_PRIVATE|FUTEX_CLOCK_REALTIME) = 0");
  EXPECT_EQ(h.text(0, {1}, 0), "futex(FUTEX_WAKE) = 0");
  EXPECT_EQ(h.text(0, {99 | 128}, 0), "futex(0xe3 /* FUTEX_??? */) = 0");
}

TEST(Walker, NumbersWithinFlagWords) {
  TableBuilder b;
  const SetId flags = b.set(false, "IPC_???", {{"IPC_CREAT", 01000}, {"IPC_EXCL", 02000}});
  b.call(0, "shmget",
         {{"shmflg",
           b.bits_of({{BitsPartOp::Flags, flags, 0},
                      {BitsPartOp::Shifted, b.string("SHM_HUGE_SHIFT"), 0xfc000000},
                      {BitsPartOp::Octal, 0, 0777}}),
           4}});
  b.call(1, "swapon", {{"flags", b.bits_of({{BitsPartOp::Flags, flags, 0}, {BitsPartOp::Decimal, 0, 0xff}}), 4}});
  Harness h(b.table_set());
  EXPECT_EQ(h.text(0, {01000 | 0600}, 0), "shmget(IPC_CREAT|0600) = 0");
  EXPECT_EQ(h.text(0, {0}, 0), "shmget(000) = 0");
  EXPECT_EQ(h.text(0, {(21u << 26) | 02007}, 0), "shmget(IPC_EXCL|21<<SHM_HUGE_SHIFT|007) = 0");
  EXPECT_EQ(h.text(1, {01000 | 7}, 0), "swapon(IPC_CREAT|7) = 0");
  EXPECT_EQ(h.text(1, {01000}, 0), "swapon(IPC_CREAT) = 0");
}

TEST(Walker, EnumeratorsOrPlainNumbers) {
  TableBuilder b;
  const SetId special = b.set(true, "KEY_???", {{"KEY_SPEC_THREAD_KEYRING", ~std::uint64_t{0}}});
  const TypeId key = b.type({.op = TypeOp::Enum, .width = 4, .flags = kSigned, .a = special});
  b.call(0, "revoke", {{"key", key, 4, true}});
  Harness h(b.table_set());
  EXPECT_EQ(h.text(0, {0xffffffff}, 0), "revoke(KEY_SPEC_THREAD_KEYRING) = 0");
  EXPECT_EQ(h.text(0, {77}, 0), "revoke(77) = 0");
  EXPECT_EQ(h.text(0, {0xfffffff0}, 0), "revoke(-16) = 0");
}

TEST(Walker, StructsThatEndInTextAreReadAsFarAsThePointerSays) {
  TableBuilder b;
  const TypeId handle = b.structure("file_handle", 8,
                                    {{"handle_bytes", 0, b.scalar(Kind::U32, 4)},
                                     {"f_handle", 8, b.text(Kind::Blob, LengthMode::Given, b.field_expr(0, 4))}});
  b.call(0, "open_by_handle_at", {{"handle", b.pointer(handle, kIn, b.constant(136))}});
  Harness h(b.table_set());
  h.memory.put(0x1000, std::string_view("\3\0\0\0\0\0\0\0abc", 11));
  EXPECT_EQ(h.text(0, {0x1000}, 0), "open_by_handle_at({handle_bytes=3, f_handle=\"\\x61\\x62\\x63\"}) = 0");
}

TEST(Walker, SequencesPassOverBytesAndHaveTheSizeOfTheirParts) {
  // utimensat: a time's nanoseconds may say UTIME_OMIT, and then its seconds mean nothing.
  TableBuilder b;
  const SetId special = b.set(true, "", {{"UTIME_OMIT", 0x3ffffffe}});
  const TypeId skip = b.type({.op = TypeOp::Skip, .width = 8});
  const TypeId time = b.structure("timespec", 16, {{"tv_sec", 0, b.scalar(Kind::S64, 8)}});
  const TypeId either = b.choice(b.expr({.op = ExprOp::Here, .a = 8, .b = 8}), 0,
                                 {{0x3ffffffe, 0, b.sequence({skip, b.enum_of(special, 8)})}}, time);
  b.call(0, "utimensat", {{"times", b.pointer(b.array(either, LengthMode::Given, b.constant(2)), kIn)}});
  Harness h(b.table_set());
  h.memory.put_object(0x1000, std::array<std::uint64_t, 4>{1, 0x3ffffffe, 5, 0});
  EXPECT_EQ(h.text(0, {0x1000}, 0), "utimensat([UTIME_OMIT, {tv_sec=5}]) = 0");
}

TEST(Walker, SixtyFourBitArgumentsTakeTwoRegistersOnI386) {
  TableBuilder b;
  b.call(0, "pread64", {{"fd", b.scalar(Kind::Fd, 4), 4}, {"offset", b.scalar(Kind::Loff, 8), 8, true}});
  Harness h(b.table_set());
  h.abi = Abi::I386;
  EXPECT_EQ(h.text(0, {3, 0xfffffffe, 0xffffffff}, 0), "pread64(3, -2) = 0");
  EXPECT_EQ(h.text(0, {3, 1, 2}, 0), "pread64(3, 8589934593) = 0");
}

}  // namespace
}  // namespace tether::decode::testing
