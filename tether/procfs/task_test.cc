#include "tether/procfs/task.h"

#include <gtest/gtest.h>

namespace tether::procfs {
namespace {

TEST(OomScoreAdj, IsASignedNumber) {
  EXPECT_EQ(*parse_oom_score_adj("-1000\n"), -1000);
  EXPECT_EQ(*parse_oom_score_adj("0"), 0);
  for (const char* text : {"", "x", "1 2"}) EXPECT_EQ(parse_oom_score_adj(text).error().code, ErrorCode::Malformed);
}

}  // namespace
}  // namespace tether::procfs
