#include "tether/procfs/current_call.h"

#include <gtest/gtest.h>

namespace tether::procfs {
namespace {

TEST(CurrentCall, OfABlockedTask) {
  const auto call = parse_current_call("7 0x7ffd5 0x1 0xffffffffffffffff 0x0 0x8 0x0 0x7ffd50 0x7f01\n");
  ASSERT_TRUE(call.has_value());
  EXPECT_FALSE(call->is_running);
  EXPECT_EQ(call->number, 7u);
  EXPECT_EQ(call->args, (std::array<std::uint64_t, 6>{0x7ffd5, 1, ~0ull, 0, 8, 0}));
  EXPECT_EQ(call->stack_pointer, RemoteAddr(0x7ffd50));
  EXPECT_EQ(call->instruction, RemoteAddr(0x7f01));
}

TEST(CurrentCall, OfOneThatRunsAndOneBlockedInNone) {
  EXPECT_TRUE(parse_current_call("running\n")->is_running);
  const auto call = parse_current_call("-1 0x7ffd50 0x7f01\n");
  ASSERT_TRUE(call.has_value());
  EXPECT_FALSE(call->number.has_value());
  EXPECT_EQ(call->instruction, RemoteAddr(0x7f01));
}

TEST(CurrentCall, AnythingElseIsMalformed) {
  for (const char* text : {"", "x", "7", "7 0x1 0x2", "-1", "-1 0x1", "7 0x7ffd5 0x1 z 0x0 0x8 0x0 0x7ffd50 0x7f01"})
    EXPECT_EQ(parse_current_call(text).error().code, ErrorCode::Malformed) << text;
}

}  // namespace
}  // namespace tether::procfs
