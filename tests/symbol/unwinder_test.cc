// Back traces of tracees that stand in a known chain of calls.

#include "tether/symbol/unwinder.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "tests/support/tracee_process.h"
#include "tether/control/thread_snapshots.h"
#include "tether/sys/process_memory.h"

namespace tether {
namespace {

using symbol::Backtrace;
using symbol::Symbolizer;
using testing::Bits;
using testing::TraceeProcess;
using Names = std::vector<std::string>;

Symbolizer open_symbolizer(Pid pid) {
  auto opened = Symbolizer::open(pid, std::make_unique<sys::ProcessMemory>(leader_of(pid)));
  EXPECT_TRUE(opened.has_value()) << opened.error().message;
  return std::move(*opened);
}

struct Unwound {
  Names names;  ///< of the symbols, the innermost first; "?" where there is none
  Backtrace trace;
};

Unwound unwind_leader(const TraceeProcess& tracee, std::size_t most = 256) {
  const Pid pid(tracee.pid());
  const auto taken = take_snapshots(pid);
  EXPECT_TRUE(taken.has_value()) << taken.error().message;
  EXPECT_TRUE(taken->threads.front().snapshot.has_value()) << taken->threads.front().reason;
  Symbolizer symbolizer = open_symbolizer(pid);
  Unwound unwound{.names = {}, .trace = symbol::Unwinder(symbolizer).unwind(*taken->threads.front().snapshot, most)};
  for (const symbol::Frame& frame : unwound.trace.frames) {
    const std::string name = symbolizer.locate(frame.lookup_address(), Symbolizer::Detail::Symbol).symbol;
    unwound.names.push_back(name.empty() ? "?" : name);
  }
  return unwound;
}

/// Whether `wanted` stands in `names`, one directly behind the other.
bool contains(const Names& names, const Names& wanted) {
  return std::ranges::search(names, wanted).begin() != names.end();
}

class Unwinder : public ::testing::TestWithParam<Bits> {
 protected:
  void SetUp() override {
    const std::string reason = testing::reason_not_runnable(GetParam());
    if (!reason.empty()) GTEST_SKIP() << reason;
  }
  TraceeProcess start(std::vector<std::string> argv) {
    TraceeProcess tracee = TraceeProcess::start(std::move(argv), GetParam());
    EXPECT_EQ(tracee.read_line(), "ready");
    tracee.await_state('S');
    return tracee;
  }
  static void finish(TraceeProcess& tracee) {
    EXPECT_FALSE(tracee.condition().is_traced);
    tracee.write("x");
    EXPECT_EQ(tracee.read_line(), "served");
    tracee.close_input();
    EXPECT_EQ(tracee.wait(), 0);
  }
};

TEST_P(Unwinder, APlainChainToItsBeginning) {
  TraceeProcess tracee = start({"call_chain", "plain", "3"});
  const Unwound unwound = unwind_leader(tracee);
  EXPECT_TRUE(contains(unwound.names,
                       {"stand_still", "last_step", "recurse", "recurse", "recurse", "recurse", "outer", "main"}))
      << ::testing::PrintToString(unwound.names);
  EXPECT_EQ(unwound.names.back(), "_start");
  EXPECT_EQ(unwound.trace.end, Backtrace::End::Complete) << unwound.trace.reason;
  finish(tracee);
}

TEST_P(Unwinder, ThroughASignalHandler) {
  TraceeProcess tracee = start({"call_chain", "signal", "1"});
  const Unwound unwound = unwind_leader(tracee);
  EXPECT_TRUE(contains(unwound.names, {"stand_still", "handle"})) << ::testing::PrintToString(unwound.names);
  EXPECT_TRUE(contains(unwound.names, {"last_step", "recurse", "recurse", "outer", "main"}))
      << ::testing::PrintToString(unwound.names);
  const auto interrupted = std::ranges::count_if(unwound.trace.frames, &symbol::Frame::is_interrupted);
  EXPECT_EQ(interrupted, 3);  // the innermost, the signal's return code, and what the signal interrupted
  EXPECT_EQ(unwound.trace.end, Backtrace::End::Complete) << unwound.trace.reason;
  finish(tracee);
}

TEST_P(Unwinder, PastACallToWhereNoCodeIs) {
  TraceeProcess tracee = start({"call_chain", "wild", "1"});
  const Unwound unwound = unwind_leader(tracee);
  EXPECT_TRUE(contains(unwound.names, {"stand_still", "handle"})) << ::testing::PrintToString(unwound.names);
  EXPECT_TRUE(std::ranges::any_of(unwound.trace.frames, [](const symbol::Frame& f) { return f.pc == RemoteAddr(16); }));
  EXPECT_TRUE(contains(unwound.names, {"?", "last_step", "recurse", "recurse", "outer", "main"}))
      << ::testing::PrintToString(unwound.names);
  tracee.close_input();
  EXPECT_EQ(tracee.wait(), 0);
}

TEST_P(Unwinder, StopsAtTheLimit) {
  TraceeProcess tracee = start({"call_chain", "plain", "100"});
  const Unwound unwound = unwind_leader(tracee, 10);
  EXPECT_EQ(unwound.trace.frames.size(), 10u);
  EXPECT_EQ(unwound.trace.end, Backtrace::End::Limit);
  finish(tracee);
}

TEST_P(Unwinder, AStackThatWasNotCopiedWholeIsSaid) {
  TraceeProcess tracee = start({"call_chain", "plain", "5000"});
  const Pid pid(tracee.pid());
  Symbolizer symbolizer = open_symbolizer(pid);
  auto held = HeldTask::seize(leader_of(pid), {});
  ASSERT_TRUE(held.has_value()) << held.error().message;
  const auto snapshot = take_snapshot(*held, 20'000);
  EXPECT_TRUE(std::move(*held).release().has_value());
  ASSERT_TRUE(snapshot.has_value());
  const Backtrace trace = symbol::Unwinder(symbolizer).unwind(*snapshot, 100'000);
  EXPECT_EQ(trace.end, Backtrace::End::Cut) << trace.reason;
  EXPECT_GT(trace.frames.size(), 100u);
  finish(tracee);
}

TEST_P(Unwinder, AllThreadsAtOnce) {
  constexpr std::size_t kThreads = 50;
  TraceeProcess tracee = start({"call_chain", "threads", std::to_string(kThreads)});
  const Pid pid(tracee.pid());
  const auto taken = take_snapshots(pid);
  ASSERT_TRUE(taken.has_value()) << taken.error().message;
  ASSERT_EQ(taken->threads.size(), kThreads + 1);
  Symbolizer symbolizer = open_symbolizer(pid);
  std::size_t known = 0;
  for (const TakenThread& thread : taken->threads) {
    ASSERT_TRUE(thread.snapshot.has_value()) << thread.reason;
    const Backtrace trace = symbol::Unwinder(symbolizer).unwind(*thread.snapshot);
    Names names;
    for (const symbol::Frame& frame : trace.frames)
      names.push_back(symbolizer.locate(frame.lookup_address(), Symbolizer::Detail::Symbol).symbol);
    known += contains(names, {"inner_wait", "thread_body"}) && trace.end == Backtrace::End::Complete ? 1 : 0;
  }
  EXPECT_EQ(known, kThreads);
  finish(tracee);
}

INSTANTIATE_TEST_SUITE_P(Widths, Unwinder, ::testing::Values(Bits::B64, Bits::B32));

class UnwinderShapes : public ::testing::TestWithParam<const char*> {};

TEST_P(UnwinderShapes, StaticPrograms) {
  TraceeProcess tracee = TraceeProcess::start({GetParam(), "plain", "3"}, Bits::B64);
  ASSERT_EQ(tracee.read_line(), "ready");
  tracee.await_state('S');
  const Unwound unwound = unwind_leader(tracee);
  EXPECT_TRUE(contains(unwound.names,
                       {"stand_still", "last_step", "recurse", "recurse", "recurse", "recurse", "outer", "main"}))
      << ::testing::PrintToString(unwound.names);
  EXPECT_EQ(unwound.trace.end, Backtrace::End::Complete) << unwound.trace.reason;
}

INSTANTIATE_TEST_SUITE_P(Shapes, UnwinderShapes, ::testing::Values("call_chain_static", "call_chain_static_pie"));

TEST(UnwinderWithoutCfi, FollowsFramePointers) {
  TraceeProcess tracee = TraceeProcess::start({"call_chain_stripped", "plain", "3"}, Bits::B64);
  ASSERT_EQ(tracee.read_line(), "ready");
  tracee.await_state('S');
  const Unwound unwound = unwind_leader(tracee);
  // read, and then without names: wait_for_input (inlined or not), stand_still, last_step, 4 × recurse, outer, main,
  // the C library's two, _start
  EXPECT_GE(unwound.trace.frames.size(), 11u) << ::testing::PrintToString(unwound.names);
  EXPECT_EQ(unwound.trace.end, Backtrace::End::Complete) << unwound.trace.reason;
}

TEST(UnwinderDeletedFile, StillHasItsSymbols) {
  namespace fs = std::filesystem;
  const fs::path copy = fs::temp_directory_path() / ("tether-deleted-" + std::to_string(::getpid()));
  fs::copy_file(testing::tracee_path("call_chain", Bits::B64), copy, fs::copy_options::overwrite_existing);
  // TraceeProcess starts tracees by their folder; a relative way leads to the copy.
  const fs::path relative = fs::relative(copy, testing::tracee_path("", Bits::B64));
  TraceeProcess tracee = TraceeProcess::start({relative.string(), "plain", "1"}, Bits::B64);
  ASSERT_EQ(tracee.read_line(), "ready");
  fs::remove(copy);
  tracee.await_state('S');
  const Unwound unwound = unwind_leader(tracee);
  EXPECT_TRUE(contains(unwound.names, {"stand_still", "last_step", "recurse", "recurse", "outer", "main"}))
      << ::testing::PrintToString(unwound.names);
}

}  // namespace
}  // namespace tether
