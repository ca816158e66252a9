// Registers read and written: a tracee that holds known values in all of them says what it has afterwards.

#include "tether/control/thread_registers.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/tracee_process.h"
#include "tether/control/undo.h"

namespace tether {
namespace {

using testing::Bits;
using testing::TraceeProcess;

class Registers : public ::testing::TestWithParam<Bits> {
 protected:
  void SetUp() override {
    if (const std::string reason = testing::reason_not_runnable(GetParam()); !reason.empty()) GTEST_SKIP() << reason;
    state_ = std::filesystem::temp_directory_path() / ("tether-state-" + std::to_string(::getpid()));
    ::setenv("XDG_STATE_HOME", state_.c_str(), 1);
    tracee_.emplace(TraceeProcess::start({"register_values"}, GetParam()));
    std::istringstream line(tracee_->read_line());
    std::string ready;
    line >> ready >> vector_bits_;
    ASSERT_EQ(ready, "ready");
    await_spin();
  }
  void TearDown() override { std::filesystem::remove_all(state_); }

  Pid pid() const { return Pid(tracee_->pid()); }
  Tid tid() const { return Tid(tracee_->pid()); }
  Abi abi() const { return GetParam() == Bits::B64 ? Abi::X86_64 : Abi::I386; }
  const RegisterCatalog& catalog() const { return register_catalog(abi()); }

  static std::string known(int i, int kind, std::size_t size) {
    std::vector<std::byte> bytes(size);
    for (std::size_t place = 0; place < size; ++place)
      bytes[place] = static_cast<std::byte>(i * 37 + static_cast<int>(place) * 11 + kind);
    return hex_text(bytes);
  }

  std::string value(std::string_view name) {
    auto task = HeldTask::seize(tid(), {});
    EXPECT_TRUE(task.has_value());
    const auto image = read_registers(*task, {.xstate = true, .debug = true});
    EXPECT_TRUE(image.has_value());
    const auto view = parse_register_view(catalog(), name);
    EXPECT_TRUE(view.has_value()) << view.error().message;
    return format_view(*view, *image);
  }

  /// Until the control word has been loaded it is on its way into the loop.
  void await_spin() {
    const std::string last = abi() == Abi::X86_64 ? "r15" : "ebp";
    const int i = abi() == Abi::X86_64 ? 15 : 6;
    while (value(last) != known(i, 1, word_size(abi()))) ::usleep(100);
  }

  Result<void> assign(Changes& changes, const std::vector<std::string>& words) {
    HeldTask task = TETHER_TRY(HeldTask::seize(tid(), {}));
    std::vector<RegisterAssignment> assignments;
    for (const std::string& word : words) assignments.push_back(TETHER_TRY(parse_register_assignment(catalog(), word)));
    return assign_registers(changes, task, assignments, {});
  }

  /// What it says it has.
  std::map<std::string, std::string> finish() {
    tracee_->write("\n");
    std::map<std::string, std::string> values;
    for (std::string line = tracee_->read_line(); line != "ok" && !line.empty(); line = tracee_->read_line())
      values[line.substr(0, line.find(' '))] = "0x" + line.substr(line.find(' ') + 1);
    EXPECT_EQ(tracee_->wait(), 0);
    return values;
  }

  std::string general(int i) const {
    static constexpr const char* kWide[] = {"ax", "bx", "cx", "dx", "si", "di", "bp", "sp"};
    if (i > 7) return "r" + std::to_string(i);
    return (abi() == Abi::X86_64 ? "r" : "e") + std::string(kWide[i]);
  }
  int general_count() const { return abi() == Abi::X86_64 ? 16 : 8; }
  int vector_count() const { return abi() == Abi::I386 ? 8 : vector_bits_ == 512 ? 32 : 16; }
  std::string vector(int i) const {
    return (vector_bits_ == 512 ? "zmm" : vector_bits_ == 256 ? "ymm" : "xmm") + std::to_string(i);
  }
  std::size_t vector_size() const { return static_cast<std::size_t>(vector_bits_) / 8; }

  std::filesystem::path state_;
  std::optional<TraceeProcess> tracee_;
  int vector_bits_ = 0;
};

TEST_P(Registers, AreReadAsTheyAre) {
  for (int i = 0; i < general_count(); ++i)
    if (i != 7) {
      EXPECT_EQ(value(general(i)), known(i, 1, word_size(abi()))) << general(i);
    }
  for (int i = 0; i < vector_count(); ++i) EXPECT_EQ(value(vector(i)), known(i, 2, vector_size())) << vector(i);
  for (int i = 0; i < 8 && vector_bits_ == 512; ++i) EXPECT_EQ(value("k" + std::to_string(i)), known(i, 3, 8));
  for (int i = 0; i < 8; ++i) {
    std::ostringstream expected;
    expected << 1.25 * (i + 1);
    EXPECT_EQ(value("st" + std::to_string(i)), expected.str());
  }
  EXPECT_EQ(value("mxcsr"), "0x00009f80 [IM DM ZM OM UM PM FTZ]");
  EXPECT_EQ(value("fctrl"), "0x027f");
}

TEST_P(Registers, AreWritten) {
  auto changes = Changes::open(pid(), {});
  ASSERT_TRUE(changes.has_value()) << changes.error().message;
  std::vector<std::string> words;
  for (int i = 0; i < general_count(); ++i)
    if (i != 7) words.push_back(general(i) + "=" + std::to_string(1000 + i));
  for (int i = 0; i < vector_count(); ++i) words.push_back(vector(i) + ".u32[1]=" + std::to_string(2000 + i));
  for (int i = 0; i < 8 && vector_bits_ == 512; ++i)
    words.push_back("k" + std::to_string(i) + "=" + std::to_string(3000 + i));
  for (int i = 0; i < 8; ++i) words.push_back("st" + std::to_string(i) + "=" + std::to_string(i) + ".5");
  for (const char* word : {"mxcsr-=FTZ", "fctrl=0x37f", "eflags+=DF", "eflags.cf=1"}) words.push_back(word);
  const auto assigned = assign(*changes, words);
  ASSERT_TRUE(assigned.has_value()) << assigned.error().message << "; " << assigned.error().hint;
  EXPECT_EQ(value("st3"), "3.5");
  auto values = finish();
  for (int i = 0; i < general_count(); ++i)
    if (i != 7) {
      EXPECT_EQ(std::stoull(values["general" + std::to_string(i)], nullptr, 16), 1000u + static_cast<unsigned>(i));
    }
  for (int i = 0; i < vector_count(); ++i) {
    std::string expected = known(i, 2, vector_size());
    std::vector<std::byte> lane(4);
    lane[0] = static_cast<std::byte>(2000 + i);
    lane[1] = static_cast<std::byte>((2000 + i) >> 8);
    expected.replace(expected.size() - 16, 8, hex_text(lane).substr(2));
    EXPECT_EQ(values["vector" + std::to_string(i)], expected);
  }
  for (int i = 0; i < 8 && vector_bits_ == 512; ++i)
    EXPECT_EQ(std::stoull(values["mask" + std::to_string(i)], nullptr, 16), 3000u + static_cast<unsigned>(i));
  EXPECT_EQ(values["float3"], "0x4000e000000000000000");  // 3.5
  EXPECT_EQ(values["mxcsr"], "0x00001f80");
  EXPECT_EQ(values["control"], "0x037f");
  const auto flags = std::stoul(values["flags"], nullptr, 16);
  EXPECT_NE(flags & 0x400, 0u);  // DF; the loop's cmp sets the others
}

TEST_P(Registers, AreAsBeforeOnceUndone) {
  auto changes = Changes::open(pid(), {});
  ASSERT_TRUE(changes.has_value()) << changes.error().message;
  const auto assigned = assign(*changes, {general(0) + "=7", vector(3) + ".u64[0]=9", "xmm5.f32=1,2,3,4.5", "st1=nan",
                                          "mxcsr=0x1fa0", "dr0=0x1000", "dr7=0x1"});
  ASSERT_TRUE(assigned.has_value()) << assigned.error().message << "; " << assigned.error().hint;
  EXPECT_EQ(value("xmm5.f32"), "{1, 2, 3, 4.5}");
  EXPECT_EQ(value("st1"), "nan");
  EXPECT_EQ(changes->made().size(), 7u);
  for (const Error& error : changes->take_back()) ADD_FAILURE() << error.message;
  EXPECT_EQ(value("dr7"), abi() == Abi::X86_64 ? "0x0000000000000000" : "0x00000000");
  auto values = finish();
  for (int i = 0; i < vector_count(); ++i) EXPECT_EQ(values["vector" + std::to_string(i)], known(i, 2, vector_size()));
  EXPECT_EQ(values["general0"], known(0, 1, word_size(abi())));
  EXPECT_EQ(values["mxcsr"], "0x00009f80");
}

TEST_P(Registers, AreNotChangedByHalf) {
  auto changes = Changes::open(pid(), {});
  ASSERT_TRUE(changes.has_value()) << changes.error().message;
  for (const char* bad : {"mxcsr=0x80000000", "cs=8", "eflags=0x20000"}) {
    const auto assigned = assign(*changes, {general(1) + "=7", vector(2) + ".u8[0]=1", bad});
    EXPECT_FALSE(assigned.has_value()) << bad;
    if (!assigned.has_value()) {
      EXPECT_EQ(assigned.error().code, ErrorCode::Malformed) << assigned.error().message;
    }
    EXPECT_TRUE(changes->made().empty());
  }
  auto values = finish();
  EXPECT_EQ(values["general1"], known(1, 1, word_size(abi())));
  EXPECT_EQ(values["vector2"], known(2, 2, vector_size()));
  EXPECT_EQ(values["mxcsr"], "0x00009f80");
}

INSTANTIATE_TEST_SUITE_P(, Registers, ::testing::Values(Bits::B64, Bits::B32),
                         [](const auto& info) { return info.param == Bits::B64 ? "B64" : "B32"; });

TEST(RegistersInACall, AreRefused) {
  const auto state = std::filesystem::temp_directory_path() / ("tether-state-" + std::to_string(::getpid()));
  ::setenv("XDG_STATE_HOME", state.c_str(), 1);
  TraceeProcess tracee = TraceeProcess::start({"step_subject"}, Bits::B64);
  ASSERT_TRUE(tracee.read_line().starts_with("ready"));
  auto changes = Changes::open(Pid(tracee.pid()), {});
  ASSERT_TRUE(changes.has_value());
  const auto assign = [&](std::string_view word) -> Result<void> {
    tracee.await_state('S');  // it has made its call again: on the way there, it is in none
    HeldTask task = TETHER_TRY(HeldTask::seize(Tid(tracee.pid()), {}));
    const std::vector all{TETHER_TRY(parse_register_assignment(register_catalog(Abi::X86_64), word))};
    return assign_registers(*changes, task, all, {});
  };
  for (const char* word : {"rax=1", "rip+=2", "rdi=9", "orig_rax=39"}) {
    const auto assigned = assign(word);
    ASSERT_FALSE(assigned.has_value()) << word;
    EXPECT_EQ(assigned.error().code, ErrorCode::Busy);
  }
  EXPECT_TRUE(assign("xmm9.u64=1,2").has_value());
  tracee.write("go\n");
  EXPECT_EQ(tracee.read_rest(), "ok 6\n");
  std::filesystem::remove_all(state);
}

}  // namespace
}  // namespace tether
