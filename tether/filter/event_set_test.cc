#include "tether/filter/event_set.h"

#include <gtest/gtest.h>

#include "tether/event/syscall_class.h"

namespace tether {
namespace {

constexpr SyscallNr x64(std::uint32_t number) {
  return {Abi::X86_64, number};
}
constexpr SyscallNr x32(std::uint32_t number) {
  return {Abi::I386, number};
}

std::optional<Signal> find_signal(std::string_view name) {
  if (name == "SIGIO" || name == "io") return Signal(29);
  if (name == "SIGSEGV") return Signal(11);
  if (name == "17") return Signal(17);
  return std::nullopt;
}

/// Two calls of both ABIs, one of each alone, and one of each class: number 100 and up, in the order of their classes.
Vocabulary vocabulary() {
  Vocabulary v{.calls = {{x64(0), "read"},
                         {x32(3), "read"},
                         {x64(3), "close"},
                         {x32(6), "close"},
                         {x64(17), "pread64"},
                         {x32(99), "statfs"}},
               .find_signal = find_signal};
  std::uint32_t number = 100;
  for (const SyscallClassName& known : kSyscallClassNames)
    v.calls.push_back({x64(number++), known.name, static_cast<ClassBits>(known.bit)});
  return v;
}

SyscallSelection parse(std::string_view text) {
  const auto selection = parse_syscall_set(text, vocabulary());
  EXPECT_TRUE(selection.has_value()) << text << ": " << selection.error().message;
  return selection.value_or(SyscallSelection());
}

std::string message_of(std::string_view text) {
  const auto selection = parse_syscall_set(text, vocabulary());
  EXPECT_FALSE(selection.has_value()) << text;
  return selection.has_value() ? "" : selection.error().message;
}

TEST(SyscallSet, TakesANameInEveryAbiThatHasIt) {
  const auto selection = parse("read,pread64");
  EXPECT_TRUE(selection.contains(x64(0)));
  EXPECT_TRUE(selection.contains(x32(3)));
  EXPECT_TRUE(selection.contains(x64(17)));
  EXPECT_FALSE(selection.contains(x64(3)));
  EXPECT_FALSE(selection.contains(x64(5000))) << "a call without a name";
}

TEST(SyscallSet, CanBeLimitedToOneAbi) {
  EXPECT_TRUE(parse("read@64").contains(x64(0)));
  EXPECT_FALSE(parse("read@64").contains(x32(3)));
  EXPECT_TRUE(parse("read@32").contains(x32(3)));
  EXPECT_FALSE(parse("read@32").contains(x64(0)));
  EXPECT_TRUE(parse("all@32").contains(x32(99)));
  EXPECT_FALSE(parse("all@32").contains(x64(0)));
  EXPECT_EQ(message_of("pread64@32"), "no system call 'pread64@32'");
}

TEST(SyscallSet, TakesEveryClass) {
  for (const SyscallClassName& known : kSyscallClassNames) {
    const auto selection = parse("%" + std::string(known.name));
    for (const CallName& call : vocabulary().calls)
      EXPECT_EQ(selection.contains(call.nr), (call.classes & static_cast<ClassBits>(known.bit)) != 0)
          << '%' << known.name << ' ' << call.name;
  }
}

TEST(SyscallSet, TakesTheOldClassesWithoutPercentAndNoOthers) {
  EXPECT_TRUE(parse("file").contains(x64(100)));
  EXPECT_EQ(message_of("clocks"), "no system call 'clocks': did you mean 'clock'?");
  EXPECT_TRUE(parse("statfs").contains(x32(99))) << "here the call, not the class";
}

TEST(SyscallSet, NegatesAllThatFollows) {
  const auto selection = parse("!read,close");
  EXPECT_FALSE(selection.contains(x64(0)));
  EXPECT_FALSE(selection.contains(x32(6)));
  EXPECT_TRUE(selection.contains(x64(17)));
  EXPECT_TRUE(selection.contains(x64(5000))) << "a call without a name";
}

TEST(SyscallSet, HasAllAndNone) {
  EXPECT_TRUE(parse("all").is_all());
  EXPECT_TRUE(parse("!none").is_all());
  EXPECT_FALSE(parse("none").contains(x64(0)));
  EXPECT_FALSE(parse("!all").contains(x64(5000)));
}

TEST(SyscallSet, TakesNumbers) {
  EXPECT_TRUE(parse("333").contains(x64(333)));
  EXPECT_TRUE(parse("333").contains(x32(333)));
  EXPECT_FALSE(parse("333@64").contains(x32(333)));
  EXPECT_EQ(message_of("1024"), "no system call '1024'");
}

TEST(SyscallSet, TakesRegularExpressions) {
  const auto selection = parse("/^p?read");
  EXPECT_TRUE(selection.contains(x64(0)));
  EXPECT_TRUE(selection.contains(x64(17)));
  EXPECT_FALSE(selection.contains(x64(3)));
  EXPECT_EQ(message_of("/nothing"), "no system call matches '/nothing'");
  EXPECT_TRUE(message_of("/[").starts_with("'/[': ")) << message_of("/[");
}

TEST(SyscallSet, ForgivesUnknownNamesBehindAQuestionMark) {
  EXPECT_TRUE(parse("?nonsense,read").contains(x64(0)));
  EXPECT_FALSE(parse("?nonsense").contains(x64(0)));
  EXPECT_FALSE(parse("?/nothing").contains(x64(0)));
  EXPECT_FALSE(parse("?%nothing").contains(x64(0)));
}

TEST(SyscallSet, NamesTheValueThatIsWrongAndTheNearestThatIsRight) {
  EXPECT_EQ(message_of("read,clsoe"), "no system call 'clsoe': did you mean 'close'?");
  EXPECT_EQ(message_of("read@96"), "no ABI '@96' in 'read@96'");
  EXPECT_EQ(message_of("xyzzy"), "no system call 'xyzzy'");
  EXPECT_EQ(message_of("%fiel"), "no class of system calls '%fiel': did you mean '%file'?");
  EXPECT_EQ(message_of("read,!close"), "no system call '!close': did you mean 'close'?");
  EXPECT_EQ(message_of("read,none"), "no system call 'none'");
  EXPECT_EQ(message_of(""), "'' names nothing");
}

TEST(SignalSet, IsMadeOfNamesAndNumbers) {
  const auto bits = [](std::string_view text) { return parse_signal_set(text, vocabulary()).value().bits; };
  EXPECT_EQ(bits("SIGIO,17"), 1ull << 28 | 1ull << 16);
  EXPECT_EQ(bits("!io"), ~(1ull << 28));
  EXPECT_EQ(bits("all"), ~0ull);
  EXPECT_EQ(bits("none"), 0ull);
  EXPECT_EQ(bits("!all"), 0ull);
  const auto wrong = parse_signal_set("io,segf", vocabulary());
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().message, "no signal 'segf': did you mean 'SIGSEGV'?");
}

}  // namespace
}  // namespace tether
