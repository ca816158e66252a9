// A library comes into a running process and leaves it again.

#include "tether/control/library_load.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/control/state.h"
#include "tests/support/tracee_process.h"
#include "tether/control/changes.h"

namespace tether {
namespace {

using testing::Bits;
using testing::TraceeProcess;

class Loading : public ::testing::TestWithParam<Bits> {
 protected:
  void SetUp() override {
    if (const std::string reason = testing::reason_not_runnable(GetParam()); !reason.empty()) GTEST_SKIP() << reason;
    state_ = std::filesystem::temp_directory_path() / ("tether-loading-" + std::to_string(::getpid()));
    ::setenv("XDG_STATE_HOME", state_.c_str(), 1);
  }
  void TearDown() override { std::filesystem::remove_all(state_); }

  static std::string library(Bits bits) {
    return std::string(TETHER_TRACEES_DIR) + (bits == Bits::B64 ? "/loadable.so" : "/loadable.32.so");
  }

  std::filesystem::path state_;
};

TEST_P(Loading, IsTakenBack) {
  TraceeProcess tracee = TraceeProcess::start({"callable"}, GetParam());
  ASSERT_EQ(tracee.read_line(), "ready");
  const auto before = testing::read_state(tracee.pid());
  for (int i = 0; i < 3; ++i) {
    auto changes = Changes::open(Pid(tracee.pid()), {});
    ASSERT_TRUE(changes.has_value());
    const auto loaded = load_library(*changes, library(GetParam()), {});
    ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
    EXPECT_EQ(loaded->path, library(GetParam()));
    EXPECT_NE(loaded->handle, 0u);
    EXPECT_EQ(tracee.read_line(), "loaded");
    EXPECT_NE(testing::read_state(tracee.pid()).maps.find("loadable"), std::string::npos);
    EXPECT_TRUE(changes->take_back().empty());
    EXPECT_EQ(tracee.read_line(), "unloaded");
    EXPECT_EQ(testing::read_state(tracee.pid()).maps.find("loadable"), std::string::npos);
  }
  EXPECT_EQ(before.signals, testing::read_state(tracee.pid()).signals);
  EXPECT_EQ(before.descriptors, testing::read_state(tracee.pid()).descriptors);
  tracee.close_input();
  EXPECT_EQ(tracee.read_rest(), "ok\n");
}

TEST_P(Loading, SaysWhyItCannotBe) {
  TraceeProcess tracee = TraceeProcess::start({"callable"}, GetParam());
  ASSERT_EQ(tracee.read_line(), "ready");
  auto changes = Changes::open(Pid(tracee.pid()), {});
  const auto absent = load_library(*changes, "/no/such/library.so", {});
  ASSERT_FALSE(absent.has_value());
  EXPECT_EQ(absent.error().code, ErrorCode::NotFound);
  const auto text = load_library(*changes, "/proc/self/status", {});
  ASSERT_FALSE(text.has_value());
  EXPECT_NE(text.error().message.find("invalid ELF header"), std::string::npos) << text.error().message;
  tracee.close_input();
  EXPECT_EQ(tracee.read_rest(), "ok\n");
}

INSTANTIATE_TEST_SUITE_P(Widths, Loading, ::testing::Values(Bits::B64, Bits::B32),
                         [](const auto& info) { return info.param == Bits::B64 ? "B64" : "B32"; });

TEST(LoadingStatic, IsNotForStaticPrograms) {
  TraceeProcess tracee = TraceeProcess::start({"callable_static"}, Bits::B64);
  ASSERT_EQ(tracee.read_line(), "ready");
  auto changes = Changes::open(Pid(tracee.pid()), {.mode = ChangePolicy::Mode::DryRun});
  const auto refused = load_library(*changes, "/proc/self/status", {});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::Unsupported);
  EXPECT_NE(refused.error().message.find("statically linked"), std::string::npos);
}

}  // namespace
}  // namespace tether
