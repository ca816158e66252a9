#include "tether/control/breakpoint_place.h"

#include <gtest/gtest.h>

namespace tether {
namespace {

using PlaceKind = BreakpointPlace::Kind;

TEST(ParsePlace, TellsKindsApart) {
  EXPECT_EQ(parse_place("malloc")->kind, PlaceKind::Code);
  EXPECT_EQ(parse_place("libc:malloc")->where, "libc:malloc");
  EXPECT_EQ(parse_place("hw:main+8")->kind, PlaceKind::HardwareCode);
  EXPECT_EQ(parse_place("hw:main+8")->where, "main+8");
  const auto watch = parse_place("w:counter/2");
  EXPECT_EQ(watch->kind, PlaceKind::Write);
  EXPECT_EQ(watch->where, "counter");
  EXPECT_EQ(watch->size, 2);
  EXPECT_EQ(parse_place("rw:0x404028")->kind, PlaceKind::ReadOrWrite);
  EXPECT_EQ(parse_place("rw:0x404028")->size, 0);
}

TEST(ParsePlace, ASlashBelongsToASourceFileWhereNoDataIsMeant) {
  EXPECT_EQ(parse_place("src/server.c:42")->where, "src/server.c:42");
}

TEST(ParsePlace, RefusesSizesThatNoProcessorWatches) {
  EXPECT_EQ(parse_place("w:counter/3").error().code, ErrorCode::Malformed);
  EXPECT_EQ(parse_place("w:counter/").error().code, ErrorCode::Malformed);
  EXPECT_EQ(parse_place("hw:").error().code, ErrorCode::Malformed);
  EXPECT_EQ(parse_place("").error().code, ErrorCode::Malformed);
}

TEST(ParsePlace, KnowsMereNumbers) {
  EXPECT_TRUE(parse_place("0x401136")->is_number());
  EXPECT_TRUE(parse_place("w:0x404028/4")->is_number());
  EXPECT_FALSE(parse_place("main")->is_number());
  EXPECT_FALSE(parse_place("libc+0x10")->is_number());
}

}  // namespace
}  // namespace tether
