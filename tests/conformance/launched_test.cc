// What every engine must get right with a launched command: each tracee is launched under each engine, in 64 and 32
// bits, and what the engine said is compared with what the tracee said, with the engine contract (engine.h), and with
// how the command ended.

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/observation.h"
#include "tests/support/tracee_process.h"

namespace tether::testing {
namespace {

struct Case {
  std::vector<std::string> argv;
  int status = 0;     ///< what it exits with,
  int killed_by = 0;  ///< or the signal that kills it
  bool needs_job_control =
      false;  ///< PTRACE_TRACEME has no group-stops that can be left as they are (ptrace(2), "Group-stop")
  bool is_64_bit_only = false;
};

std::string name_of(const Case& c) {
  std::string name;
  for (const std::string& word : c.argv) name += (name.empty() ? "" : "_") + word;
  for (char& letter : name)
    if (!isalnum(static_cast<unsigned char>(letter))) letter = '_';
  return name;
}

void PrintTo(const Case& c, std::ostream* out) {
  *out << name_of(c);
}

const std::vector<Case> kCases = {
    {.argv = {"syscall_count", "500"}, .status = 7},
    {.argv = {"exit_kinds", "exit", "0"}},
    {.argv = {"exit_kinds", "exit", "255"}, .status = 255},
    {.argv = {"exit_kinds", "exit_group-from-thread", "9"}, .status = 9},
    {.argv = {"exit_kinds", "kill", "9"}, .killed_by = SIGKILL},
    {.argv = {"exit_kinds", "kill", "15"}, .killed_by = SIGTERM},
    {.argv = {"exit_kinds", "kill", "11"}, .killed_by = SIGSEGV},
    {.argv = {"exit_kinds", "abort"}, .killed_by = SIGABRT},
    {.argv = {"signal_storm", "20"}},
    {.argv = {"signal_dispositions"}},
    {.argv = {"ignored_signals", "50"}},
    {.argv = {"pipe_checksum", "3"}},
    {.argv = {"eintr_timing", "all", "30"}},
    {.argv = {"fork_chain", "fork", "10"}},
    {.argv = {"fork_chain", "vfork", "10"}},
    {.argv = {"fork_chain", "clone3", "10"}},
    {.argv = {"fork_chain", "spawn", "10"}},
    {.argv = {"fork_chain", "exec", "10"}},
    {.argv = {"fork_chain", "thread-exec", "10"}},
    {.argv = {"fork_chain", "leader-first", "10"}},
    {.argv = {"fork_chain", "chain", "5"}},
    {.argv = {"fork_chain", "mixed", "24"}},
    {.argv = {"thread_churn", "200", "16"}},
    {.argv = {"vfork_wait"}},
    {.argv = {"exec_from_thread", "4"}, .status = 6},
    {.argv = {"leader_exits"}, .status = 3},
    {.argv = {"kill_any_moment", "30"}},
    {.argv = {"job_control", "4"}, .needs_job_control = true},
    {.argv = {"pty_job_control", "4"}, .needs_job_control = true},
    {.argv = {"nested_ptrace"}},
    {.argv = {"pid_namespace"}},
    {.argv = {"id_reuse", "60"}},
    {.argv = {"int80"}, .is_64_bit_only = true},
    {.argv = {"hostile_pointers"}},
    {.argv = {"hostile_strings"}},
    {.argv = {"many_fds", "20000"}},
    {.argv = {"deep_argv"}},
    {.argv = {"wild_numbers"}},
    {.argv = {"undumpable"}},
    {.argv = {"own_seccomp"}},
    {.argv = {"own_scheduling", "20"}},
};

using Parameter = std::tuple<EngineKind, Bits, Case>;
class Launched : public ::testing::TestWithParam<Parameter> {};

TEST_P(Launched, AgreesWithTheTracee) {
  const auto& [engine, bits, what] = GetParam();
  if (const std::string reason = reason_not_runnable(bits); !reason.empty()) GTEST_SKIP() << reason;
  if (what.is_64_bit_only && bits == Bits::B32) GTEST_SKIP() << "a matter of 64-bit code";
  if (what.needs_job_control && engine == EngineKind::TraceMe)
    GTEST_SKIP()
        << "group-stops under PTRACE_TRACEME cannot be left as they are (ptrace(2)): a limit of the kernel's interface";
  if (what.argv[0] == "own_seccomp" && engine == EngineKind::Filter)
    GTEST_SKIP() << "with our filter, a SECCOMP_RET_TRACE of the tracee's own finds a tracer: the call is made instead "
                    "of failing with ENOSYS";
  std::vector<std::string> argv = what.argv;
  argv[0] = tracee_path(argv[0], bits);
  Observation observation(engine);
  const auto error = observation.launch(argv);
  ASSERT_FALSE(error.has_value()) << error->message << " " << error->hint;
  const EngineReport report = observation.finish();
  ASSERT_TRUE(report.outcome.has_value()) << report.outcome.error().message;
  if (report.output.starts_with("skip ")) GTEST_SKIP() << report.output;
  EXPECT_EQ(find_breaches(report.events, observation.launched()), "");
  EXPECT_EQ(find_lies(report, true), "");
  if (what.killed_by != 0) {
    EXPECT_EQ(report.outcome->end, EngineOutcome::End::Killed);
    EXPECT_EQ(report.outcome->signal, Signal(what.killed_by));
  } else {
    EXPECT_EQ(report.outcome->end, EngineOutcome::End::Exited);
    EXPECT_EQ(report.outcome->status, what.status);
  }
}

const auto kEngines = ::testing::Values(EngineKind::Seize, EngineKind::Filter, EngineKind::TraceMe);
const auto kBits = ::testing::Values(Bits::B64, Bits::B32);

INSTANTIATE_TEST_SUITE_P(Engines, Launched, ::testing::Combine(kEngines, kBits, ::testing::ValuesIn(kCases)),
                         [](const auto& info) {
                           return name_of(std::get<0>(info.param)) +
                                  (std::get<1>(info.param) == Bits::B64 ? "_64_" : "_32_") +
                                  name_of(std::get<2>(info.param));
                         });

using Place = std::tuple<EngineKind, Bits>;
std::string name_of_place(const ::testing::TestParamInfo<Place>& info) {
  return name_of(std::get<0>(info.param)) + (std::get<1>(info.param) == Bits::B64 ? "_64" : "_32");
}

class LaunchedMany : public ::testing::TestWithParam<Place> {
 protected:
  void SetUp() override {
    if (const std::string reason = reason_not_runnable(std::get<1>(GetParam())); !reason.empty())
      GTEST_SKIP() << reason;
  }
  EngineReport run(std::vector<std::string> argv) {
    argv[0] = tracee_path(argv[0], std::get<1>(GetParam()));
    Observation observation(std::get<0>(GetParam()));
    const auto error = observation.launch(argv);
    EXPECT_FALSE(error.has_value()) << error->message;
    EngineReport report = observation.finish();
    EXPECT_EQ(find_breaches(report.events, observation.launched()), "");
    EXPECT_EQ(find_lies(report, true), "");
    return report;
  }
};

TEST_P(LaunchedMany, TwoThousandThreadsComeAndGo) {
  run({"thread_churn", "2000", "64"});
}

/// Every thread of hundreds makes progress, a tenth of its fair share at the least. Without a sweep over all tracees
/// (the essay in tracer.cc) the threads at the end of the kernel's list make none at all.
TEST_P(LaunchedMany, NobodyStarves) {
  const EngineReport report = run({"busy_threads", "300", "100"});
  const auto at = report.output.find("progress ");
  ASSERT_NE(at, std::string::npos);
  long slowest = 0, fastest = 0;
  ASSERT_EQ(std::sscanf(report.output.c_str() + at, "progress %ld %ld", &slowest, &fastest), 2);
  RecordProperty("slowest", static_cast<int>(slowest));
  RecordProperty("fastest", static_cast<int>(fastest));
  EXPECT_GE(slowest, 10) << "fastest: " << fastest;
}

INSTANTIATE_TEST_SUITE_P(Engines, LaunchedMany, ::testing::Combine(kEngines, kBits), name_of_place);

/// A copy of show_ids that is root's and set-uid.
class SetUidProgram {
 public:
  SetUidProgram() {
    char directory[] = "/tmp/tether-setuid-XXXXXX";
    EXPECT_NE(::mkdtemp(directory), nullptr);
    directory_ = directory;
    ::chmod(directory, 0755);
    std::filesystem::copy_file(tracee_path("show_ids", Bits::B64), path());
    EXPECT_EQ(::chmod(path().c_str(), 04755), 0);
  }
  ~SetUidProgram() { std::filesystem::remove_all(directory_); }
  std::string path() const { return directory_ + "/show_ids"; }

 private:
  std::string directory_;
};

/// What a program says that is launched as this user, or as the tracer's own.
std::string ids_seen(const std::string& program, std::optional<std::string> user) {
  Observation observation(EngineKind::Seize);
  const auto error = observation.launch({program}, std::move(user));
  EXPECT_FALSE(error.has_value()) << error->message;
  const EngineReport report = observation.finish();
  EXPECT_EQ(find_breaches(report.events, observation.launched()), "");
  return report.output;
}

/// A set-uid program keeps its power under a tracer that is mighty enough (execve(2)), and changes hands without
/// leaving its tracer.
TEST(LaunchedAsUser, SetUidIsHonoured) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to make a set-uid program";
  const SetUidProgram program;
  EXPECT_EQ(ids_seen(program.path(), "nobody"), "uid 65534 euid 0\nok\n") << "(is /tmp mounted nosuid?)";
}

/// Under any other tracer the kernel takes its power, and the tracer follows it all the same.
TEST(LaunchedAsUser, SetUidIsIgnoredUnderATracerWithoutPower) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to make a set-uid program";
  const SetUidProgram program;
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setgroups(0, nullptr) != 0 || ::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(1);
    ::prctl(PR_SET_DUMPABLE, 1);  // as after the execve by which a user would have started a tracer
    EXPECT_EQ(ids_seen(program.path(), std::nullopt), "uid 65534 euid 65534\nok\n");
    ::_exit(::testing::Test::HasFailure() ? 2 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
}  // namespace tether::testing
