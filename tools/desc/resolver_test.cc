// What descriptions become: shown as text by test_support.

#include <gtest/gtest.h>

#include "tools/desc/emitter.h"
#include "tools/desc/parser.h"
#include "tools/desc/test_support.h"

namespace tether::desc::testing {
namespace {

TEST(Sets, PatternsSearchTheHeadersInForce) {
  EXPECT_EQ(show_set("from <linux/t.h>\nset s = T_R* + { T_EXEC }", "s"), "T_READ=0x1 T_RW=0x3 T_EXEC=0x4");
}

TEST(Sets, SubtractionTakesNamesAndPatternsAway) {
  EXPECT_EQ(show_set("from <linux/t.h>\nset s = T_* - { T_R* T_LOW } - { T_NONE T_HIGH T_MASK T_ONLY64 }", "s"),
            "T_WRITE=0x2 T_EXEC=0x4");
}

TEST(Sets, MayBeCEnumsAndOtherSets) {
  EXPECT_EQ(show_set("set colors = enum color\nset s = colors + { T_EXEC }", "s"), "C_RED=0x0 C_GREEN=0x1 T_EXEC=0x4");
}

TEST(Sets, EnumeratorsAscendWithTheFirstNamePerValue) {
  EXPECT_EQ(show_set("set s = { S_SECOND S_ALSO_SECOND S_FIRST }", "s"), "S_FIRST=0x1 S_SECOND=0x2");
}

TEST(Sets, FlagsPutCompositesFirst) {
  EXPECT_EQ(show_call("call read (fd: flags { T_READ T_RW T_WRITE }, buf, count)", "read"),
            "read(fd@0: flags{T_RW=0x3 T_READ=0x1 T_WRITE=0x2}, buf@1: addr64, count@2: ulong64)");
}

TEST(Sets, AListedZeroIsAFlagsNameForNothing) {
  EXPECT_EQ(show_call("call read (fd: flags { T_NONE T_READ }, buf, count)", "read"),
            "read(fd@0: flags{T_NONE=0x0 T_READ=0x1}, buf@1: addr64, count@2: ulong64)");
}

TEST(Sets, AMaskHasTheBitsOfItsMembersNumbers) {
  EXPECT_EQ(show_call("call read (fd: mask { T_READ T_WRITE }, buf, count)", "read"),
            "read(fd@0: flags{1<<T_READ=0x2 1<<T_WRITE=0x4}, buf@1: addr64, count@2: ulong64)");
}

TEST(Calls, WithoutADescriptionShowTheirPrototype) {
  EXPECT_EQ(show_call("", "read"), "read(fd@0: ulong32, buf@1: addr64, count@2: ulong64)");
}

TEST(Calls, TypesReferToArgumentsOnTheirRight) {
  EXPECT_EQ(show_call("call read (fd: fd, buf: in bytes[count], count: size) -> size", "read"),
            "read(fd@0: fd32, buf@1: in bytes[arg2], count@2: size64) -> size64");
}

TEST(Calls, SixtyFourBitsTakeTwoRegistersOnI386) {
  const char* text = "call truncate (path: in path, length: loff)";
  EXPECT_EQ(show_call(text, "truncate"), "truncate(path@0: in path[], length@1: loff64)");
  EXPECT_EQ(show_call(text + std::string("\ncall old_read (arg: in)"), "old_read", Abi::I386),
            "old_read(arg@0: in point{x+0: long32, y+4: long32})");
}

TEST(Calls, OneAbisItemGoesBeforeTheGeneral) {
  const char* text = "call read (fd: fd, buf: addr, count: size)\ncall read for i386 (fd: fd, buf: addr, count: hex)";
  EXPECT_EQ(show_call(text, "read"), "read(fd@0: fd32, buf@1: addr64, count@2: size64)");
  EXPECT_EQ(show_call(text, "read", Abi::I386), "read(fd@0: fd32, buf@1: addr32, count@2: hex32)");
}

TEST(Structs, OneAbisItemGoesBeforeTheGeneral) {
  const char* text =
      "struct point for i386 { left = x: hex }\nstruct point { x, y }\ncall read (fd, buf: in point, count)";
  EXPECT_EQ(show_call(text, "read"),
            "read(fd@0: ulong32, buf@1: in point{x+0: long32, y+4: long32}, count@2: ulong64)");
  EXPECT_EQ(show_call(text, "read", Abi::I386),
            "read(fd@0: ulong32, buf@1: in point{left+0: hex32}, count@2: ulong32)");
}

TEST(Calls, VariantsAreSortedAndEndWithElse) {
  EXPECT_EQ(
      show_call(
          "call control (fd: fd, cmd: enum cases, ...) by cmd { T_EXEC: (arg: int), else: (), T_READ T_WRITE: (skip) }",
          "control"),
      "control(fd@0: fd32, cmd@1: enum{T_READ=0x1 T_WRITE=0x2 T_EXEC=0x4}) by arg1 0x1(skip@2: skip) 0x2(skip@2: skip) "
      "0x4(arg@2: int32) else()");
}

TEST(Calls, AConstantThatTheAbiLacksIsNoVariantThere) {
  const char* text = "call read (fd: fd, ...) by fd { T_ONLY64: (buf: addr), else: () }";
  EXPECT_EQ(show_call(text, "read"), "read(fd@0: fd32) by arg0 0x8(buf@1: addr64) else()");
  EXPECT_EQ(show_call(text, "read", Abi::I386), "read(fd@0: fd32) by arg0 else()");
}

TEST(Calls, LabelledArgumentsAreFoundByTheirPrototypesName) {
  const char* text = "call truncate (len = length length_hi: u32, path = path: in path)";
  EXPECT_EQ(show_call(text, "truncate"), "truncate(len@1: u3232, path@0: in path[])");
  EXPECT_EQ(show_call("call truncate (len = length_hi length: u32)", "truncate"), "truncate(len@1: u3232)");
}

TEST(Calls, WideArgumentsHave64BitsOnBothAbis) {
  EXPECT_EQ(show_call("call truncate (path: in path, length: hex wide)", "truncate"),
            "truncate(path@0: in path[], length@1: hex64)");
}

TEST(Calls, NeverIsAResult) {
  EXPECT_EQ(show_call("call pause () -> never", "pause"), "pause() -> never");
}

TEST(Pointers, AnInoutLengthMeansTheNumberThere) {
  EXPECT_EQ(show_call("call node (n: in, data: out bytes[] sized len, size: size, len: inout int)", "node"),
            "node(n@0: in node{next+0: addr64, where+8: point{x+0: long32, y+4: long32}, name+16: chars[0x4], port+20: "
            "ulong16, "
            "count+24: ulong64, wide+32: ulong64, pad+36: ulong32}, data@1: out bytes[] sized *arg3, size@2: size64, "
            "len@3: inout int32)");
}

TEST(Pointers, MayBeValidOnAnErrno) {
  EXPECT_EQ(show_call("call point (p: out on T_EXEC)", "point"),
            "point(p@0: out point{x+0: long32, y+4: long32} on 4)");
}

TEST(Structs, FieldsKnowTheirOffsetsInEachAbi) {
  const char* text =
      "struct node as brief { label = port: be16(\"htons\"), full { count }, name if count != 0 }\ncall node (n: in "
      "brief, data, size, len)";
  EXPECT_EQ(show_call(text, "node"),
            "node(n@0: in node{label+20: be1616, count+24: ulong64 full, name+16: chars[0x4] if (field+24^0 op13 "
            "0x0)}, data@1: addr64, "
            "size@2: ulong64, len@3: addr64)");
}

TEST(Structs, ADescriptionAppliesWhereverTheStructIsMet) {
  EXPECT_EQ(show_call("struct point { x: hex }\nstruct node { where }\ncall node (n: in, data, size, len)", "node"),
            "node(n@0: in node{where+8: point{x+0: hex32}}, data@1: addr64, size@2: ulong64, len@3: addr64)");
}

TEST(Structs, MayHaveTheFieldsOfAnother) {
  EXPECT_EQ(
      show_call(
          "layout other { y: s32, x: s32 }\nstruct point { x: hex }\nstruct other = point\ncall point (p: in other)",
          "point"),
      "point(p@0: in other{x+4: hex32})");
}

TEST(Layouts, FollowTheAbisAlignment) {
  const char* text =
      "layout l { a: u8, b: u64, c: ptr }\nstruct l { a, b, c }\ncall read (fd: fd, buf: in l, count: size)";
  EXPECT_EQ(show_call(text, "read"),
            "read(fd@0: fd32, buf@1: in l{a+0: ulong8, b+8: ulong64, c+16: addr64}, count@2: size64)");
  EXPECT_EQ(show_call(text, "read", Abi::I386),
            "read(fd@0: fd32, buf@1: in l{a+0: ulong8, b+4: ulong64, c+12: addr32}, count@2: size32)");
}

TEST(Layouts, APointerMayHoldANumber) {
  EXPECT_EQ(show_call("layout l { a: ptr }\nstruct l { a: tid }\ncall read (fd: fd, buf: in l, count: size)", "read"),
            "read(fd@0: fd32, buf@1: in l{a+0: tid32}, count@2: size64)");
}

TEST(Choices, CasesAreSorted) {
  EXPECT_EQ(show_call("union u by record.kind { T_WRITE: u8[], 1: u32, else: blob[] }\ncall read (fd: fd, buf: in u "
                      "sized count, count: size)",
                      "read"),
            "read(fd@0: fd32, buf@1: in by here+2{0x1: u3232, 0x2: u88[], else: blob[]} sized arg2, count@2: size64)");
}

TEST(Records, BodiesSeeTheirHeader) {
  EXPECT_EQ(show_call("records r = record length len { len, kind, body data: by kind { T_READ: u8[], else: blob[] } }\n"
                      "call read (fd: fd, buf: out r[] sized ret, count: size)",
                      "read"),
            "read(fd@0: fd32, buf@1: out records{by field+2^0{0x1: u88[], else: blob[]}} sized ret, count@2: size64)");
}

TEST(Expressions, ConstantsAreFolded) {
  EXPECT_EQ(show_call("const { A = 1 << 3 | 1 }\ncall read (fd: fd if count has A - 1 else int, buf, count)", "read"),
            "read(fd@0: fd32 if (arg2 op18 0x8) else int32, buf@1: addr64, count@2: ulong64)");
}

TEST(Expressions, ComplementsOfConstantsAreFolded) {
  EXPECT_EQ(show_call("call read (fd: fd if count has ~T_READ, buf, count)", "read"),
            "read(fd@0: fd32 if (arg2 op18 0xfffffffffffffffe), buf@1: addr64, count@2: ulong64)");
}

TEST(Expressions, BitFieldsAreShiftedAndMasked) {
  EXPECT_EQ(show_call("struct packed { low if high == 2 }\ncall read (fd, buf: in packed, count)", "read"),
            "read(fd@0: ulong32, buf@1: in packed{low+0: ulong32 if (((field+0^0 op11 0x3) op6 0x1ff) op12 0x2)}, "
            "count@2: ulong64)");
}

TEST(Emitter, WritesEqualListsOnce) {
  Descriptions descriptions;
  Diagnostics diagnostics;
  parse_description("t.desc", "call read (fd: flags { T_READ T_EXEC }, buf, count: enum { T_READ T_EXEC })",
                    descriptions, diagnostics);
  const Resolved resolved = resolve(small_facts(), descriptions, diagnostics);
  ASSERT_TRUE(diagnostics.empty());
  EXPECT_EQ(resolved.tables.set_entries.nodes().size(), 2u);  // of two sets in two ABIs
  const std::string source = emit_tables(resolved.tables);
  EXPECT_NE(source.find("constexpr SetEntry kSetEntries[] = {\n{1,"), std::string::npos);
  EXPECT_NE(source.find("const Tables& tables(Abi abi)"), std::string::npos);
}

}  // namespace
}  // namespace tether::desc::testing
