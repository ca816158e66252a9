#include "tools/desc/parser.h"

#include <gtest/gtest.h>

namespace tether::desc {
namespace {

struct Parsed {
  Descriptions items;
  Diagnostics diagnostics;
  explicit Parsed(const std::string& text) { parse_description("t.desc", text, items, diagnostics); }
  std::string message() const { return diagnostics.empty() ? "" : diagnostics.messages().front(); }
};

TEST(Parser, ReadsACall) {
  const Parsed parsed(
      "call open creat (path: in path, flags, mode: hex if flags has O_CREAT else int) -> fd class file class desc");
  ASSERT_EQ(parsed.message(), "");
  const CallItem& call = parsed.items.calls.at(0);
  EXPECT_EQ(call.names, (std::vector<std::string>{"open", "creat"}));
  ASSERT_EQ(call.arguments.size(), 3u);
  EXPECT_EQ(call.arguments[1].type, nullptr);
  EXPECT_TRUE(std::holds_alternative<IfType>(call.arguments[2].type->what));
  EXPECT_EQ(call.classes, (std::vector<std::string>{"file", "desc"}));
  EXPECT_EQ(call.abi, std::nullopt);
}

TEST(Parser, ACallMayBeForOneAbi) {
  EXPECT_EQ(Parsed("call mmap for i386 (arg: addr)").items.calls.at(0).abi, Abi::I386);
}

TEST(Parser, ReadsVariantsAndSkippedRegisters) {
  const Parsed parsed(
      "call c (op: enum cases, ...) by op & M {\n A B: (skip, x: int)\n else: ()\n}\n-> int\nnote poll");
  ASSERT_EQ(parsed.message(), "");
  const CallItem& call = parsed.items.calls.at(0);
  ASSERT_EQ(call.variants.size(), 2u);
  EXPECT_TRUE(call.variants[0].arguments[0].is_skip);
  EXPECT_TRUE(call.variants[1].labels.empty());
  EXPECT_NE(call.result, nullptr);
  EXPECT_EQ(call.note, "poll");
}

TEST(Parser, AnArgumentMayBeCalledSkip) {
  EXPECT_FALSE(Parsed("call c (skip: int)").items.calls.at(0).arguments[0].is_skip);
}

TEST(Parser, FullAndIfBlocksGiveTheirFieldsWhatTheySay) {
  const Parsed parsed("struct s { a, full { b, if a { c } else { d } }, label = e: hex if a }");
  ASSERT_EQ(parsed.message(), "");
  const auto& fields = parsed.items.structs.at(0).fields;
  ASSERT_EQ(fields.size(), 5u);
  EXPECT_FALSE(fields[0].is_full);
  EXPECT_TRUE(fields[1].is_full && fields[2].is_full && fields[3].is_full);
  EXPECT_NE(fields[2].condition, nullptr);
  EXPECT_TRUE(std::holds_alternative<UnaryExpr>(fields[3].condition->what));
  EXPECT_EQ(fields[4].shown, "label");
  EXPECT_EQ(fields[4].name, "e");
  EXPECT_NE(fields[4].condition, nullptr);
}

TEST(Parser, ABarePointerEndsBeforeTheNextField) {
  const Parsed parsed("struct s { a: in\n b: out on EINTR\n c: in path at dir sized n }");
  ASSERT_EQ(parsed.message(), "");
  const auto& fields = parsed.items.structs.at(0).fields;
  ASSERT_EQ(fields.size(), 3u);
  EXPECT_EQ(std::get<PointerType>(fields[0].type->what).pointee, nullptr);
  EXPECT_EQ(std::get<PointerType>(fields[1].type->what).on_errno, "EINTR");
  EXPECT_EQ(std::get<PointerType>(fields[2].type->what).dirfd, "dir");
  EXPECT_NE(std::get<PointerType>(fields[2].type->what).sized, nullptr);
}

TEST(Parser, LengthsComeInFourForms) {
  const Parsed parsed("call c (a: in u8[n], b: out u8[ret], c: out u8[n within ret], d: in u8[])");
  ASSERT_EQ(parsed.message(), "");
  const auto length = [&](std::size_t i) {
    return std::get<PointerType>(parsed.items.calls.at(0).arguments.at(i).type->what).pointee->length;
  };
  EXPECT_EQ(length(0), Length::Given);
  EXPECT_EQ(length(1), Length::Ret);
  EXPECT_EQ(length(2), Length::WithinRet);
  EXPECT_EQ(length(3), Length::Available);
}

TEST(Parser, SetsKeepTheirHeadersAndText) {
  const Parsed parsed("from <linux/a.h> <linux/b.h>\nset s = A_* - { A_MAX,\n A_MIN } + enum e + other");
  ASSERT_EQ(parsed.message(), "");
  const SetExpr& set = parsed.items.sets.at(0).set;
  EXPECT_EQ(set.headers, (std::vector<std::string>{"linux/a.h", "linux/b.h"}));
  EXPECT_EQ(set.text, "A_* - { A_MAX , A_MIN } + enum e + other");
  ASSERT_EQ(set.terms.size(), 4u);
  EXPECT_TRUE(set.terms[1].is_subtracted);
  EXPECT_EQ(set.terms[2].kind, SetTerm::Kind::CEnum);
  EXPECT_EQ(set.terms[3].kind, SetTerm::Kind::Named);
}

TEST(Parser, AndBindsTighterThanEquality) {
  const Parsed parsed("type t = int if a & b == c || !d else hex");
  ASSERT_EQ(parsed.message(), "");
  const auto& condition = std::get<IfType>(parsed.items.types.at(0).type->what).condition;
  const auto& either = std::get<BinaryExpr>(condition->what);
  EXPECT_EQ(either.op, decode::ExprOp::Or);
  const auto& equal = std::get<BinaryExpr>(either.left->what);
  EXPECT_EQ(equal.op, decode::ExprOp::Equal);
  EXPECT_EQ(std::get<BinaryExpr>(equal.left->what).op, decode::ExprOp::BitAnd);
}

TEST(Parser, CasesMayHaveTwoKeysAndNumbers) {
  const Parsed parsed("union u by h.a, b { A/B C/D: int, else: hex }\nioctl g { 0x5401 T_GET: out int }");
  ASSERT_EQ(parsed.message(), "");
  const auto& choice = std::get<ChoiceType>(parsed.items.unions.at(0).choice->what);
  EXPECT_EQ(choice.keys.size(), 2u);
  EXPECT_EQ(choice.cases.at(0).labels.at(1).second, "D");
  EXPECT_EQ(parsed.items.ioctls.at(0).cases.at(0).labels.at(0).first, "21505");  // in decimal
}

TEST(Parser, ReadsRecordsLayoutsBitsAndConsts) {
  const Parsed parsed(
      "records r = head length len align long brief count \"entries\" { len, kind: hex, body data: blob[] }\n"
      "layout l { a: u32, b: ptr }\nbits b { enum { A } in 3, flags F_*, fuse { P as _Q } }\nconst { X = 1 << 3, Y = "
      "-1 }\n"
      "struct a as b sized n = c\nsockopt SOL_X { A } { else: int }\nignore { Z_* }");
  ASSERT_EQ(parsed.message(), "");
  EXPECT_EQ(parsed.items.records.at(0).brief, "entries");
  EXPECT_NE(parsed.items.records.at(0).body, nullptr);
  EXPECT_EQ(parsed.items.layouts.at(0).members.at(1).type, "ptr");
  EXPECT_EQ(parsed.items.bits.at(0).parts.size(), 3u);
  EXPECT_EQ(parsed.items.consts.size(), 2u);
  EXPECT_EQ(parsed.items.structs.at(0).same_as, "c");
  EXPECT_EQ(parsed.items.sockopts.at(0).level, "SOL_X");
  EXPECT_EQ(parsed.items.ignored.size(), 1u);
}

TEST(Parser, GoesOnWithTheNextItemAfterAMistake) {
  const Parsed parsed("set = x\nset a = A_*\ncall (\nset b = B_*");
  EXPECT_EQ(parsed.diagnostics.messages().size(), 2u);
  EXPECT_EQ(parsed.items.sets.size(), 2u);
}

struct Mistake {
  const char* text;
  const char* message;
};

class SyntaxErrors : public ::testing::TestWithParam<Mistake> {};

TEST_P(SyntaxErrors, SayWhatWasExpected) {
  EXPECT_EQ(Parsed(GetParam().text).message(), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    All, SyntaxErrors,
    ::testing::Values(
        Mistake{
            "foo",
            "t.desc:1: expected an item (from, const, layout, set, bits, type, struct, union, records, call, ioctl, "
            "sockopt, ignore), found 'foo'"},
        Mistake{"from linux", "t.desc:1: expected a header, as in: from <linux/fs.h>, found 'linux'"},
        Mistake{"const { 1 }", "t.desc:1: expected a constant's name, found '1'"},
        Mistake{"const { A }", "t.desc:1: expected '=', found '}'"},
        Mistake{"layout { }", "t.desc:1: expected a struct's name, found '{'"},
        Mistake{"layout l { 1 }", "t.desc:1: expected a member's name, found '1'"},
        Mistake{"layout l { a: 1 }", "t.desc:1: expected its type: s8 … u64, long, ulong or ptr, found '1'"},
        Mistake{"set = A", "t.desc:1: expected the set's name, found '='"},
        Mistake{"set a =",
                "t.desc:1: expected a set: a pattern (O_*), { CONSTANTS }, 'enum NAME' or a set's name, found the end "
                "of the file"},
        Mistake{"set a = { 1 }", "t.desc:1: expected a constant, found '1'"},
        Mistake{"set a = enum 1", "t.desc:1: expected a C enum's name, found '1'"},
        Mistake{"bits b { A }",
                "t.desc:1: expected 'enum SET in MASK', 'flags SET', 'fuse { FLAG as SUFFIX }', 'oct in MASK', 'int in "
                "MASK' or 'shifted SHIFT in MASK', found 'A'"},
        Mistake{"bits b { shifted 1 }", "t.desc:1: expected the constant that is the shift, found '1'"},
        Mistake{"type t = be16(\"a\", 1)", "t.desc:1: expected a set that names the numbers, found '1'"},
        Mistake{"call c (a = 1)", "t.desc:1: expected the prototype's name of the argument, found '1'"},
        Mistake{"bits b { fuse { 1 } }", "t.desc:1: expected a constant, found '1'"},
        Mistake{"bits b { fuse { A as 1 } }", "t.desc:1: expected a suffix, found '1'"},
        Mistake{"type 1", "t.desc:1: expected the type's name, found '1'"},
        Mistake{"type t = 1", "t.desc:1: expected a type, found '1'"},
        Mistake{"struct 1", "t.desc:1: expected a struct's name, found '1'"},
        Mistake{"struct a as 1", "t.desc:1: expected the name of this way to see it, found '1'"},
        Mistake{"struct a = 1", "t.desc:1: expected the name of a described struct, found '1'"},
        Mistake{"struct a { 1 }", "t.desc:1: expected a field, found '1'"},
        Mistake{"struct a { b = 1 }", "t.desc:1: expected the field that it shows, found '1'"},
        Mistake{"struct a { b if c else d }",
                "t.desc:1: a field has no 'else': write if EXPR { FIELDS } else { FIELDS }"},
        Mistake{"struct a {\n b\n", "t.desc:3: the '{' of line 1 is not closed"},
        Mistake{"struct a {\n b\ncall c ()\n", "t.desc:3: the '{' of line 1 is not closed"},
        Mistake{"union 1", "t.desc:1: expected a union's name, found '1'"},
        Mistake{"union u { }", "t.desc:1: expected 'by', found '{'"},
        Mistake{"union u by x { : int }", "t.desc:1: expected a constant, a number or 'else', found ':'"},
        Mistake{"union u by x { A/1: int }", "t.desc:1: expected a constant, found '1'"},
        Mistake{"records 1", "t.desc:1: expected a name, found '1'"},
        Mistake{"records r = 1", "t.desc:1: expected the struct that begins each record, found '1'"},
        Mistake{"records r = h length 1", "t.desc:1: expected the field that holds a record's length, found '1'"},
        Mistake{"records r = h length l align x", "t.desc:1: expected 1, 2, 4, 8 or 'long', found 'x'"},
        Mistake{"records r = h length l brief count x",
                "t.desc:1: expected a word in quotes, as in: brief count \"entries\", found 'x'"},
        Mistake{"records r = h length l { body 1 }", "t.desc:1: expected the body's label, found '1'"},
        Mistake{"records r = h length l { body b: int, c }", "t.desc:1: expected '}' behind the body, found 'c'"},
        Mistake{"call (", "t.desc:1: expected a system call's name, found '('"},
        Mistake{"call c for arm ()", "t.desc:1: expected x86_64 or i386, found 'arm'"},
        Mistake{"call c (1)", "t.desc:1: expected an argument's name, found '1'"},
        Mistake{"call c (a,\n", "t.desc:2: the '(' of line 1 is not closed"},
        Mistake{"call c (..., a)", "t.desc:1: expected ')' behind '...', found 'a'"},
        Mistake{"call c (a, ...)", "t.desc:1: '...' needs variants: by EXPR { CONST: (ARGUMENTS) … }"},
        Mistake{"call c (a) by a { : () }", "t.desc:1: expected a constant or 'else', found ':'"},
        Mistake{"call c (a) by a { A: (...) }",
                "t.desc:1: a variant has no variants: '...' stands only in the call's own arguments"},
        Mistake{"call c () note 1", "t.desc:1: expected a note: poll, select or fcntl, found '1'"},
        Mistake{"call c () class 1", "t.desc:1: expected a class, found '1'"},
        Mistake{"call c (a: int sized b)", "t.desc:1: 'sized' stands behind a pointer: in, out or inout"},
        Mistake{"call c (a: in in b)",
                "t.desc:1: a pointer to a pointer has no type here: describe a struct that holds it"},
        Mistake{"call c (a: in b at 1)",
                "t.desc:1: expected an argument that holds a directory's descriptor, found '1'"},
        Mistake{"call c (a: in b on 1)", "t.desc:1: expected an errno, found '1'"},
        Mistake{"call c (a: in b[n within x])", "t.desc:1: expected 'ret', found 'x'"},
        Mistake{"call c (a: in b[n)", "t.desc:1: expected ']', found ')'"},
        Mistake{"type t = int if", "t.desc:1: expected an expression, found the end of the file"},
        Mistake{"type t = int if a.1", "t.desc:1: expected a member, found '1'"},
        Mistake{"type t = int if (a", "t.desc:1: expected ')', found the end of the file"},
        Mistake{"ioctl { }", "t.desc:1: expected the group's name, found '{'"},
        Mistake{"sockopt { }", "t.desc:1: expected a level (SOL_*), found '{'"}));

TEST(SyntaxErrorsOfHostileText, DepthIsLimited) {
  EXPECT_EQ(Parsed("type t = int if " + std::string(5000, '(')).message(),
            "t.desc:1: this is nested more than 100 deep");
  std::string chain = "type t = int if a";
  for (int i = 0; i < 60; ++i) chain += "|a";
  EXPECT_EQ(Parsed(chain).message(), "t.desc:1: more than 50 operators in a row");
}

}  // namespace
}  // namespace tether::desc
