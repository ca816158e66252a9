#include "tether/control/displacement_area.h"

#include <gtest/gtest.h>

#include <vector>

namespace tether {
namespace {

using procfs::Mapping;
using procfs::MappingKind;

Mapping mapping(std::uint64_t start, std::uint64_t end, MappingKind kind, bool is_writable = false) {
  Mapping m;
  m.start = RemoteAddr(start);
  m.end = RemoteAddr(end);
  m.kind = kind;
  m.is_writable = is_writable;
  return m;
}

constexpr std::size_t kSize = DisplacementArea::kBytes;

TEST(FindGap, IsRightBelowTheModule) {
  const std::vector<Mapping> maps = {mapping(0x5555'5555'4000, 0x5555'5555'9000, MappingKind::File),
                                     mapping(0x5555'5556'0000, 0x5555'5558'0000, MappingKind::Heap, true)};
  EXPECT_EQ(find_gap(maps, RemoteAddr(0x5555'5555'5000), kSize, Abi::X86_64), RemoteAddr(0x5555'5555'3000));
}

TEST(FindGap, IsNotWhereAStackGrows) {
  // Only above the code is there room, and there lies a stack.
  const std::vector<Mapping> maps = {mapping(0x10000, 0x40'0000, MappingKind::File),
                                     mapping(0x40'0000, 0x60'0000, MappingKind::File),
                                     mapping(0x60'0000, 0x70'0000, MappingKind::Heap, true),
                                     mapping(0x5000'0000, 0x5001'0000, MappingKind::Stack, true)};
  const auto gap = find_gap(maps, RemoteAddr(0x40'1000), kSize, Abi::X86_64);
  ASSERT_TRUE(gap.has_value());
  EXPECT_EQ(*gap, RemoteAddr(0x5000'0000 - (1u << 28) - kSize));
}

TEST(FindGap, IsWithinReach) {
  const std::vector<Mapping> maps = {mapping(0x10000, 0x7f00'0000'0000, MappingKind::File)};
  EXPECT_EQ(find_gap(maps, RemoteAddr(0x40'0000), kSize, Abi::X86_64), std::nullopt);
}

TEST(FindGap, AnywhereIn32BitMemory) {
  const std::vector<Mapping> maps = {mapping(0x10000, 0xf000'0000, MappingKind::File)};
  const auto gap = find_gap(maps, RemoteAddr(0x40'0000), kSize, Abi::I386);
  ASSERT_TRUE(gap.has_value());
  EXPECT_LE(gap->value + kSize, 0xffff'0000u);
}

TEST(DisplacementArea, GivesOutItsSlots) {
  DisplacementArea area(RemoteAddr(0x1000));
  std::size_t slots = 0;
  for (auto slot = area.take_slot(); slot; slot = area.take_slot()) {
    EXPECT_TRUE(area.contains(*slot));
    EXPECT_TRUE(area.contains(*slot + (DisplacementArea::kSlotBytes - 1)));
    ++slots;
  }
  EXPECT_EQ(slots, DisplacementArea::kBytes / DisplacementArea::kSlotBytes);
}

}  // namespace
}  // namespace tether
