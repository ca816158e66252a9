// Every message of the resolver, word for word: they are the tool's user interface.

#include <gtest/gtest.h>

#include "tools/desc/test_support.h"

namespace tether::desc::testing {
namespace {

struct Mistake {
  const char* text;
  const char* message;
};

class Errors : public ::testing::TestWithParam<Mistake> {};

TEST_P(Errors, SayWhatIsWrong) {
  EXPECT_EQ(only_message(GetParam().text), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Names, Errors,
    ::testing::Values(
        Mistake{"from <linux/tt.h>", "t.desc:1: no header <linux/tt.h> is known; did you mean 'linux/t.h'?"},
        Mistake{"set a = { T_READ }\nset a = { T_WRITE }", "t.desc:2: the set 'a' is already described at t.desc:1"},
        Mistake{"type a = int\nbits a { flags { T_READ } }", "t.desc:2: the type 'a' is already described at t.desc:1"},
        Mistake{"layout a { x: u8 }\nlayout a { x: u8 }", "t.desc:2: the layout 'a' is already described at t.desc:1"},
        Mistake{"const { A = 1, A = 2 }", "t.desc:1: the constant 'A' is already described at t.desc:1"},
        Mistake{"call pause ()\ncall pause ()", "t.desc:2: the call 'pause' is already described at t.desc:1"},
        Mistake{"type fd = int", "t.desc:1: 'fd' is a kind: a type needs another name"},
        Mistake{"const { T_READ = 1 }", "t.desc:1: <linux/t.h> has 'T_READ': it needs no 'const'"},
        Mistake{"const { A = ret }",
                "t.desc:1: no header has a constant 'ret'\n"
                "t.desc:1: this must be a constant: a number, a constant's name, or an operation on such"},
        Mistake{"const { A = 1 << 64 }",
                "t.desc:1: this must be a constant: a number, a constant's name, or an operation on such"},
        Mistake{"layout l { a: u7 }",
                "t.desc:1: no layout type 'u7': there are s8 … s64, u8 … u64, long, ulong and ptr"}));

INSTANTIATE_TEST_SUITE_P(
    Sets, Errors,
    ::testing::Values(
        Mistake{"set s = { T_REED }", "t.desc:1: no header has a constant 'T_REED'; did you mean 'T_READ'?"},
        Mistake{"set s = enum colour", "t.desc:1: no header has an enum 'colour'; did you mean 'color'?"},
        Mistake{"set modes = { T_READ }\nset s = mode", "t.desc:2: no set 'mode'; did you mean 'modes'?"},
        Mistake{"set s = T_READ", "t.desc:1: no set 'T_READ'; constants stand in braces: { T_READ }"},
        Mistake{"set s = s + { T_READ }", "t.desc:1: the set 's' contains itself"},
        Mistake{"from <linux/t.h>\nset s = Q_*", "t.desc:2: 'Q_*' matches no constant of the headers named by 'from'"},
        Mistake{"set s = { T_READ } - { Q_* }", "t.desc:1: 'Q_*' matches nothing in the set that it is taken from"},
        Mistake{"set s = { T_READ } - { T_EXEC }", "t.desc:1: 'T_EXEC' is not in the set that it is taken from"},
        Mistake{"from <linux/t.h>\nset s = T_NON*\ncall read (fd: flags s, buf, count)",
                "t.desc:2: 'T_NONE' is 0 and so no flag: take it away, or list it by its name to show it for 0"},
        Mistake{"from <linux/t.h>\nset s = s + T_NON*\ncall read (fd: flags s, buf, count)",
                "t.desc:2: the set 's' contains itself\n"
                "t.desc:2: 'T_NONE' is 0 and so no flag: take it away, or list it by its name to show it for 0"},
        Mistake{"call read (fd: flags { T_LOW T_HIGH }, buf, count)",
                "t.desc:1: 'T_LOW' and 'T_HIGH' share some of their bits: only one can be a flag (bits { enum … in "
                "MASK } describes a "
                "field within a word)"},
        Mistake{"bits b { fuse { T_NOPE as _X } }\ncall read (fd: b, buf, count)",
                "t.desc:1: no header has a constant 'T_NOPE'; did you mean 'T_NONE'?"},
        Mistake{"bits b { enum { T_READ } in x }\ncall read (fd: b, buf, count)",
                "t.desc:1: no header has a constant 'x'\n"
                "t.desc:1: this must be a constant: a number, a constant's name, or an operation on such"},
        Mistake{"ignore { T_NOPE }", "t.desc:1: no header has a constant 'T_NOPE'; did you mean 'T_NONE'?"}));

INSTANTIATE_TEST_SUITE_P(
    Types, Errors,
    ::testing::Values(
        Mistake{"call read (fd: fdd, buf, count)", "t.desc:1: no kind, type or struct 'fdd'; did you mean 'fd'?"},
        Mistake{"call read (fd: dirfds, buf, count)",
                "t.desc:1: no kind, type or struct 'dirfds'; did you mean 'dirfd'?"},
        Mistake{"set s = { T_READ }\ncall read (fd: s, buf, count)",
                "t.desc:2: no kind, type or struct 's'; a set needs 'flags' or 'enum' before it"},
        Mistake{"type t = t\ncall read (fd: t, buf, count)", "t.desc:1: 't' contains itself"},
        Mistake{"type t = int\ncall read (fd: t(1), buf, count)", "t.desc:2: 't' is no kind and takes no parameters"},
        Mistake{"call read (fd: enum cases, buf, count)",
                "t.desc:1: 'enum cases' names the variants of a call, and there are none here"},
        Mistake{"call read (fd, buf: in { x }, count)",
                "t.desc:1: { FIELDS } describes a struct, and no header says which one lies here"},
        Mistake{"call read (fd: fd(1), buf, count)", "t.desc:1: fd takes no parameters"},
        Mistake{"call read (fd: fd(\"x\"), buf, count)", "t.desc:1: fd takes no text"},
        Mistake{"call read (fd: be16(\"htons\", nope), buf, count)", "t.desc:1: no set 'nope'"},
        Mistake{"call read (fd: be32, buf, count)",
                "t.desc:1: be32 takes the name of the C function that makes it: be32(\"htonl\")"},
        Mistake{"call read (fd, buf: in inet_of, count)",
                "t.desc:1: inet_of takes the address family: inet_of(sa_family)"},
        Mistake{"call read (fd: sockopt_name, buf, count)",
                "t.desc:1: sockopt_name takes the level: sockopt_name(level)"},
        Mistake{"call read (fd, buf: in sockopt_value(fd), count)",
                "t.desc:1: sockopt_value takes the level and the option: sockopt_value(level, optname)"},
        Mistake{"struct point { x: u64 }\ncall point (p: in)", "t.desc:1: 'u64' has 8 bytes, the member has 4"},
        Mistake{"struct node { port: fd }\ncall node (n: in, data, size, len)",
                "t.desc:1: 'fd' has 4 bytes, the member has 2"},
        Mistake{"call point (p: inout)\ncall control (fd, cmd, arg: in)",
                "t.desc:2: 'in' needs to be told what it points to: no prototype says it"},
        Mistake{"call read (fd, buf: out, count)",
                "t.desc:1: 'out' needs to be told what it points to: the prototype says only 'char *'"},
        Mistake{"call truncate (path: in path at pth, length: loff)",
                "t.desc:1: no argument 'pth'; did you mean 'path'?"},
        Mistake{"call point (p: out on ENOPE)", "t.desc:1: no header has a constant 'ENOPE'"}));

INSTANTIATE_TEST_SUITE_P(
    Choices, Errors,
    ::testing::Values(Mistake{"call read (fd, buf: by fd { S_SECOND: addr, S_ALSO_SECOND: hex }, count)",
                              "t.desc:1: 'S_ALSO_SECOND' is the number of an earlier case"},
                      Mistake{"call read (fd, buf: by fd, count { T_READ/T_READ: addr, 1/T_READ: hex }, count)",
                              "t.desc:1: '1/T_READ' is the number of an earlier case"},
                      Mistake{"call read (fd, buf: by fd { else: addr, else: hex }, count)",
                              "t.desc:1: this choice has an 'else' already"},
                      Mistake{"call read (fd, buf: by fd, count { T_READ: addr }, count)",
                              "t.desc:1: the choice has two keys: write 'T_READ/SECOND'"},
                      Mistake{"call read (fd, buf: by fd { T_READ/T_EXEC: addr }, count)",
                              "t.desc:1: the choice has one key, and 'T_READ/T_EXEC' gives two"},
                      Mistake{"call read (fd, buf: by fd { T_REED: addr }, count)",
                              "t.desc:1: no header has a constant 'T_REED'; did you mean 'T_READ'?"},
                      Mistake{"call read (fd, ...) by fd { T_READ: (), T_READ: () }",
                              "t.desc:1: 'T_READ' is the number of an earlier variant"},
                      Mistake{"call read (fd, ...) by fd { else: (), else: () }",
                              "t.desc:1: this call has an 'else' already"}));

INSTANTIATE_TEST_SUITE_P(
    Structs, Errors,
    ::testing::Values(Mistake{"struct point { xx }\ncall point (p: in)", "t.desc:1: struct point has no member 'xx'"},
                      Mistake{"struct node { were }\ncall node (n: in, data, size, len)",
                              "t.desc:1: struct node has no member 'were'; did you mean 'where'?"},
                      Mistake{"struct pint { x }\ncall point (p: in pint)",
                              "t.desc:1: no header has a struct 'pint'; did you mean 'point'?"},
                      Mistake{"struct point = pointt\ncall point (p: in)",
                              "t.desc:1: no struct 'pointt' is described by its fields; did you mean 'point'?"},
                      Mistake{"struct point { x if z }\ncall point (p: in)",
                              "t.desc:1: no field, argument or constant is called 'z' here"},
                      Mistake{"struct point { x if record.knd }\ncall point (p: in)",
                              "t.desc:1: struct record has no member 'knd'; did you mean 'kind'?"},
                      Mistake{"struct point { x if recrd.kind }\ncall point (p: in)",
                              "t.desc:1: no struct 'recrd'; did you mean 'record'?"},
                      Mistake{"struct node { port if where }\ncall node (n: in, data, size, len)",
                              "t.desc:1: the field 'where' is no number but 'struct point'"},
                      Mistake{"struct node { wide: in bytes[next] }\ncall node (n: in, data, size, len)",
                              "t.desc:1: the field 'next' is a pointer and cannot be a length"},
                      Mistake{"records r = recrd length len { }\ncall read (fd, buf: in r, count)",
                              "t.desc:1: no header has a struct 'recrd'; did you mean 'record'?"},
                      Mistake{"records r = record length tail { }\ncall read (fd, buf: in r, count)",
                              "t.desc:1: struct record has no number 'tail' to hold a record's length"}));

INSTANTIATE_TEST_SUITE_P(
    Calls, Errors,
    ::testing::Values(
        Mistake{"call reed (fd, buf, count)", "t.desc:1: neither ABI has a system call 'reed'; did you mean 'read'?"},
        Mistake{"call pause for i386 ()", "t.desc:1: i386 has no system call 'pause'"},
        Mistake{"call pause () class fil", "t.desc:1: no class 'fil'; did you mean 'file'?"},
        Mistake{"call pause () note epoll", "t.desc:1: no note 'epoll': there are poll, select and fcntl"},
        Mistake{"call point ()",
                "t.desc:1: the arguments take 0 registers, the prototype on x86_64 has 1: point(struct point *p)"},
        Mistake{"call truncate (path: in path, length: long)",
                "t.desc:1: the arguments take 2 registers, the prototype on i386 has 3: truncate(const char *path, u32 "
                "length_lo, u32 length_hi)"},
        Mistake{"call control (fd, ...) by fd { else: (a, b, c) }",
                "t.desc:1: the arguments take 4 registers, the prototype on x86_64 has 3: control(int fd, unsigned int "
                "cmd, unsigned long arg)"},
        Mistake{"call control (fd, arg, cmd)",
                "t.desc:1: 'arg' is in register 2 here, in 3 on x86_64: control(int fd, unsigned int cmd, unsigned "
                "long arg)\n"
                "t.desc:1: 'cmd' is in register 3 here, in 2 on x86_64: control(int fd, unsigned int cmd, unsigned "
                "long arg)"},
        Mistake{"call read (fd: fd, buf: in bytes[cnt], count)",
                "t.desc:1: no field, argument or constant is called 'cnt' here"},
        Mistake{"call node (n, data: in bytes[len], size, len: out int)",
                "t.desc:1: the argument 'len' is a pointer and cannot be a length (only 'inout int' means the number "
                "there)"}));

INSTANTIATE_TEST_SUITE_P(
    IoctlsAndOptions, Errors,
    ::testing::Values(Mistake{"ioctl g { PT_GET: out int, PT_GET: in int }",
                              "t.desc:1: 'PT_GET' is the number of an ioctl that is described already"},
                      Mistake{"ioctl g { else: int }",
                              "t.desc:1: an ioctl group has no 'else': what is not described is typed by the headers"},
                      Mistake{"ioctl g { PT_GTE: int }",
                              "t.desc:1: no header has a constant 'PT_GTE'; did you mean 'PT_GET'?"},
                      Mistake{"sockopt T_NOPE { T_READ } { else: int }",
                              "t.desc:1: no header has a constant 'T_NOPE'; did you mean 'T_NONE'?"},
                      Mistake{"sockopt T_EXEC { T_READ } { T_READ: int, T_READ: hex }",
                              "t.desc:1: 'T_READ' is the number of an earlier option"}));

TEST(Messages, AreSortedByLine) {
  EXPECT_EQ(only_message("call reed ()\nset s = { T_REED }\nset s = { T_READ }"),
            "t.desc:1: neither ABI has a system call 'reed'; did you mean 'read'?\n"
            "t.desc:2: no header has a constant 'T_REED'; did you mean 'T_READ'?\n"
            "t.desc:3: the set 's' is already described at t.desc:2");
}

}  // namespace
}  // namespace tether::desc::testing
