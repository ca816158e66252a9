// The descriptors of processes of all kinds and in all states are changed and given back, and the processes do not
// notice.

#include "tether/control/descriptors.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <tuple>
#include <vector>

#include "tests/control/state.h"
#include "tests/control/subject.h"
#include "tests/support/tracee_process.h"
#include "tether/control/descriptor_image.h"
#include "tether/control/journal.h"
#include "tether/control/keeper.h"
#include "tether/control/undo.h"

namespace tether {
namespace {

using testing::Bits;
using testing::read_state;
using testing::Subject;
using testing::TraceeProcess;

/// Journals go to a directory of the test's own.
class OwnJournals : public ::testing::Environment {
 public:
  void SetUp() override {
    char directory[] = "/tmp/tether-test-XXXXXX";
    ASSERT_NE(::mkdtemp(directory), nullptr);
    directory_ = directory;
    ::setenv("XDG_STATE_HOME", directory, 1);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

 private:
  std::string directory_;
};
[[maybe_unused]] const auto* const kOwnJournals = ::testing::AddGlobalTestEnvironment(new OwnJournals);

#define ASSERT_DONE(expression)                                                   \
  do {                                                                            \
    const auto done = (expression);                                               \
    ASSERT_TRUE(done.has_value()) << #expression << ": " << done.error().message; \
  } while (false)

Changes open_changes(const TraceeProcess& tracee, ChangePolicy policy = {}) {
  auto changes = Changes::open(Pid(tracee.pid()), policy);
  EXPECT_TRUE(changes.has_value());
  return std::move(*changes);
}

/// Changes of each kind; standard input and output come to stand for what they stood for all the time.
void change_and_take_back(const TraceeProcess& tracee) {
  Changes changes = open_changes(tracee);
  ASSERT_DONE(duplicate_descriptor(changes, Fd(0), Fd(70), Keep::Yes));
  ASSERT_DONE(duplicate_descriptor(changes, Fd(70), Fd(0), Keep::Yes));
  ASSERT_DONE(duplicate_descriptor(changes, Fd(1), Fd(71), Keep::Yes));
  ASSERT_DONE(duplicate_descriptor(changes, Fd(71), Fd(1), Keep::Yes));
  const auto opened = open_descriptor(changes, {.path = "/proc/self/exe", .flags = O_RDONLY | O_CLOEXEC});
  ASSERT_DONE(opened);
  ASSERT_DONE(seek_descriptor(changes, *opened, 100, SeekFrom::Start));
  ASSERT_DONE(edit_descriptor_flags(changes, *opened, {.set = O_NONBLOCK, .is_cloexec = false}));
  ASSERT_DONE(redirect_descriptor(changes, Fd(71), {.path = "/dev/null", .flags = O_WRONLY}, Keep::Yes));
  const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  ASSERT_DONE(install_descriptor(changes, null.get(), Fd(72), Keep::Yes));
  ASSERT_DONE(close_descriptor(changes, Fd(72)));
  for (const Error& failure : changes.take_back()) ADD_FAILURE() << failure.message;
}

class DescriptorsOf : public ::testing::TestWithParam<std::tuple<Subject, Bits>> {
 protected:
  void SetUp() override {
    if (const std::string reason = testing::reason_not_runnable(std::get<Bits>(GetParam())); !reason.empty())
      GTEST_SKIP() << reason;
  }
};

TEST_P(DescriptorsOf, AreGivenBack) {
  const auto& [subject, bits] = GetParam();
  TraceeProcess tracee = TraceeProcess::start(subject.argv, bits);
  const std::string ready = tracee.read_line();
  ASSERT_TRUE(ready.starts_with("ready")) << ready;
  change_and_take_back(tracee);  // by then its threads have what they need
  const auto before = read_state(tracee.pid());
  for (int round = 0; round < subject.rounds && !HasFailure(); ++round) change_and_take_back(tracee);
  EXPECT_EQ(before, testing::read_state_until(tracee.pid(), before));
  tracee.close_input();
  const std::string rest = tracee.read_rest();
  EXPECT_NE(rest.find("ok"), std::string::npos) << rest;
  EXPECT_EQ(tracee.wait(), 0) << rest;
}

INSTANTIATE_TEST_SUITE_P(Tracees, DescriptorsOf,
                         ::testing::Combine(::testing::Values(Subject{"BlockedCalls", {"eintr_timing", "restarted"}, 3},
                                                              Subject{"RepairedCalls", {"eintr_timing", "repaired"}, 3},
                                                              Subject{"Reading", {"pipe_checksum"}, 10},
                                                              Subject{"Signals", {"signal_storm"}, 5}),
                                            ::testing::Values(Bits::B64, Bits::B32)),
                         [](const auto& info) {
                           return std::get<0>(info.param).name + (std::get<1>(info.param) == Bits::B64 ? "64" : "32");
                         });

/// A process whose threads idle in reads, one of its standard input.
TraceeProcess start_reader(Bits bits = Bits::B64) {
  TraceeProcess tracee = TraceeProcess::start({"reader_threads", "2"}, bits);
  EXPECT_EQ(tracee.read_line(), "ready");
  tracee.write("x");
  EXPECT_EQ(tracee.read_line(), "served");  // by then all its threads have begun
  return tracee;
}

TEST(Descriptors, OfAStoppedProcessAreChangedAndItStaysStopped) {
  TraceeProcess tracee = start_reader();
  ::kill(tracee.pid(), SIGSTOP);
  tracee.await_stopped();
  const auto before = read_state(tracee.pid());
  for (int round = 0; round < 5; ++round) change_and_take_back(tracee);
  tracee.await_stopped();
  EXPECT_EQ(before, testing::read_state_until(tracee.pid(), before));
  ::kill(tracee.pid(), SIGCONT);
  tracee.write("x");
  EXPECT_EQ(tracee.read_line(), "served");
}

/// A thread that is blocked in a read reads from what its descriptor refers to from now on.
TEST(Descriptors, OfABlockedReadAreReplaced) {
  for (const Bits bits : {Bits::B64, Bits::B32}) {
    if (!testing::reason_not_runnable(bits).empty()) continue;
    TraceeProcess tracee = start_reader(bits);
    int pipe[2];
    ASSERT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
    const UniqueFd reader(pipe[0]);
    const UniqueFd writer(pipe[1]);
    Changes changes = open_changes(tracee);
    ASSERT_DONE(install_descriptor(changes, reader.get(), Fd(0), Keep::Yes));
    ASSERT_EQ(::write(writer.get(), "x", 1), 1);
    EXPECT_EQ(tracee.read_line(), "served");
    EXPECT_TRUE(changes.take_back().empty());
    tracee.write("x");
    EXPECT_EQ(tracee.read_line(), "served");
  }
}

TEST(Descriptors, AreKeptUntilTheyAreGivenBackOrTheProcessEnds) {
  Pid keeper;
  {
    TraceeProcess tracee = start_reader();
    Changes changes = open_changes(tracee);
    ASSERT_DONE(redirect_descriptor(changes, Fd(1), {.path = "/dev/null", .flags = O_WRONLY}, Keep::Yes));
    const auto change = std::get<DescriptorChange>(changes.made().front());
    keeper = change.before->keeper;
    ASSERT_NE(keeper, Pid());
    const auto taken = take_kept(*change.before);
    EXPECT_TRUE(taken.has_value()) << taken.error().message;
  }
  const auto is_gone = [&] {  // or waits for init to reap it
    const auto image = find_descriptor(keeper, Fd(0));
    return ::kill(keeper.value, 0) != 0 || !image.has_value() ||
           !std::filesystem::exists("/proc/" + std::to_string(keeper.value) + "/exe");
  };
  for (int i = 0; i < 1000 && !is_gone(); ++i) ::usleep(5000);
  EXPECT_TRUE(is_gone());
}

TEST(Descriptors, WithoutAWayBackWantToBeForced) {
  TraceeProcess tracee = start_reader();
  Changes changes = open_changes(tracee);
  const auto before = read_state(tracee.pid());
  const auto refused = close_descriptor(changes, Fd(0));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::Unsupported);
  EXPECT_NE(refused.error().message.find("a pipe"), std::string::npos) << refused.error().message;
  EXPECT_FALSE(duplicate_descriptor(changes, Fd(1), Fd(0), Keep::No).has_value());
  EXPECT_TRUE(changes.made().empty());
  EXPECT_EQ(before, read_state(tracee.pid()));
}

TEST(Descriptors, ThatCannotBeChangedAreLeftAlone) {
  TraceeProcess tracee = start_reader();
  Changes changes = open_changes(tracee);
  const auto before = read_state(tracee.pid());
  EXPECT_EQ(duplicate_descriptor(changes, Fd(99), Fd(0), Keep::Yes).error().code, ErrorCode::NotFound);
  EXPECT_EQ(duplicate_descriptor(changes, Fd(0), Fd(1 << 30), Keep::Yes).error().code, ErrorCode::Malformed);
  EXPECT_EQ(seek_descriptor(changes, Fd(0), 1, SeekFrom::Start).error().sys_errno, ESPIPE);
  EXPECT_EQ(shut_down_descriptor(changes, Fd(0), SHUT_RD).error().sys_errno, ENOTSOCK);
  EXPECT_EQ(redirect_descriptor(changes, Fd(0), {.path = "/nonexistent"}, Keep::Yes).error().code, ErrorCode::NotFound);
  EXPECT_EQ(open_descriptor(changes, {.path = "/proc/new", .flags = O_WRONLY | O_CREAT}).error().sys_errno, ENOENT);
  EXPECT_EQ(edit_descriptor_flags(changes, Fd(0), {.set = O_SYNC}).error().code, ErrorCode::Unsupported);
  EXPECT_TRUE(changes.made().empty());
  EXPECT_EQ(before, read_state(tracee.pid()));
}

TEST(Descriptors, FindNoPlaceInAFullTable) {
  TraceeProcess tracee = start_reader();
  rlim_t end = 0;  // of the numbers: two below are free, for the pair of sockets, and none for what is received
  const std::string table = "/proc/" + std::to_string(tracee.pid()) + "/fd/";
  for (int free = 0; free < 2; ++end)
    free += std::filesystem::exists(std::filesystem::symlink_status(table + std::to_string(end))) ? 0 : 1;
  rlimit limit;
  ASSERT_EQ(::prlimit(tracee.pid(), RLIMIT_NOFILE, nullptr, &limit), 0);
  limit.rlim_cur = end;
  ASSERT_EQ(::prlimit(tracee.pid(), RLIMIT_NOFILE, &limit, nullptr), 0);
  const auto before = read_state(tracee.pid());
  Changes changes = open_changes(tracee);
  const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const auto full = install_descriptor(changes, null.get());
  ASSERT_FALSE(full.has_value());
  EXPECT_EQ(full.error().sys_errno, EMFILE);
  EXPECT_NE(full.error().hint.find("rlimit.nofile"), std::string::npos) << full.error().hint;
  EXPECT_FALSE(install_descriptor(changes, null.get(), Fd(0), Keep::Yes).has_value());
  EXPECT_EQ(before, read_state(tracee.pid()));
}

TEST(Descriptors, InADryRunStayAsTheyAre) {
  TraceeProcess tracee = start_reader();
  const auto before = read_state(tracee.pid());
  Changes changes = open_changes(tracee, {.mode = ChangePolicy::Mode::DryRun});
  ASSERT_DONE(duplicate_descriptor(changes, Fd(0), Fd(50), Keep::Yes));
  ASSERT_DONE(redirect_descriptor(changes, Fd(0), {.path = "/dev/null", .flags = O_RDONLY}, Keep::Yes));
  ASSERT_DONE(open_descriptor(changes, {.path = "/dev/null"}));
  ASSERT_DONE(edit_descriptor_flags(changes, Fd(0), {.set = O_NONBLOCK}));
  EXPECT_EQ(changes.made().size(), 4u);
  EXPECT_EQ(before, read_state(tracee.pid()));
}

/// What the process has done itself since is not overruled.
TEST(Descriptors, ThatAreOthersByNowAreNotTakenBack) {
  TraceeProcess tracee = start_reader();
  Changes changes = open_changes(tracee);
  ASSERT_DONE(duplicate_descriptor(changes, Fd(0), Fd(50), Keep::Yes));
  const Change first = changes.made().front();
  ASSERT_DONE(redirect_descriptor(changes, Fd(50), {.path = "/dev/null", .flags = O_RDONLY}, Keep::Yes));
  const auto refused = undo_change(Pid(tracee.pid()), first, UndoMode::Make);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::Busy);
  EXPECT_NE(refused.error().message.find("/dev/null"), std::string::npos) << refused.error().message;
  EXPECT_TRUE(changes.take_back().empty());
}

/// A file that was let go of is opened again, where it was.
TEST(Descriptors, OfFilesAreOpenedAgain) {
  TraceeProcess tracee = TraceeProcess::start({"callable_static"}, Bits::B64);
  ASSERT_EQ(tracee.read_line(), "ready");
  Changes changes = open_changes(tracee);
  const auto opened = open_descriptor(changes, {.path = "/proc/self/exe", .flags = O_RDONLY | O_NONBLOCK});
  ASSERT_DONE(opened);
  ASSERT_DONE(seek_descriptor(changes, *opened, 64, SeekFrom::Start));
  const auto before = read_descriptor(Pid(tracee.pid()), *opened);
  ASSERT_DONE(close_descriptor(changes, *opened));
  EXPECT_FALSE(read_descriptor(Pid(tracee.pid()), *opened).has_value());
  ASSERT_DONE(changes.take_back_last(
      [&](const Change& change) { return undo_change(Pid(tracee.pid()), change, UndoMode::Make); }));
  const auto after = read_descriptor(Pid(tracee.pid()), *opened);
  ASSERT_DONE(after);
  EXPECT_TRUE(is_same_file(*before, *after));
  EXPECT_EQ(before->offset, after->offset);
  EXPECT_EQ(before->flags, after->flags);
}

}  // namespace
}  // namespace tether
