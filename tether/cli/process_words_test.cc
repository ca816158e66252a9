#include "tether/cli/process_words.h"

#include <gtest/gtest.h>

namespace tether::cli {
namespace {

TEST(ProcessWords, Terminals) {
  EXPECT_EQ(terminal_name(0), "none");
  EXPECT_EQ(terminal_name(0x8803), "pts/3");
  EXPECT_EQ(terminal_name(0x10882c), "pts/300");
  EXPECT_EQ(terminal_name(0x0401), "tty1");
  EXPECT_EQ(terminal_name(0x0440), "ttyS0");
  EXPECT_EQ(terminal_name(0x0501), "device 5:1");
}

TEST(ProcessWords, CallsAreNamedByTheExecutablesTable) {
  ThreadFacts thread{.call = procfs::CurrentCall{.number = 7}};
  EXPECT_EQ(call_name_of(thread, {.word_bits = 64}), "poll");
  EXPECT_EQ(call_name_of(thread, {.word_bits = 32}), "waitpid");
  thread.call->number.reset();
  EXPECT_EQ(call_name_of(thread, {}), "");
}

TEST(ProcessWords, Capabilities) {
  EXPECT_EQ(capability_text(0), "none");
  EXPECT_EQ(capability_text(~std::uint64_t{0}), "all");
  EXPECT_EQ(capability_text(1u << 0 | 1u << 5), "CAP_CHOWN CAP_KILL");
  EXPECT_EQ(capability_text(~(std::uint64_t{1} << 21)), "all but CAP_SYS_ADMIN");
}

}  // namespace
}  // namespace tether::cli
