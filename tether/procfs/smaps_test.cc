#include "tether/procfs/smaps.h"

#include <gtest/gtest.h>

namespace tether::procfs {
namespace {

constexpr std::string_view kSmapsText =
    "55d0c0000000-55d0c0002000 r-xp 00001000 fd:00 131 /usr/bin/a: b\n"
    "Size:                  8 kB\nKernelPageSize:        4 kB\nMMUPageSize:           4 kB\n"
    "Rss:                   8 kB\nPss:                   2 kB\nPss_Dirty:             1 kB\n"
    "Shared_Clean:          4 kB\nShared_Dirty:          1 kB\nPrivate_Clean:         2 kB\n"
    "Private_Dirty:         3 kB\nReferenced:            8 kB\nAnonymous:             5 kB\n"
    "AnonHugePages:      2048 kB\nFilePmdMapped:         1 kB\nSwap:                  6 kB\n"
    "SwapPss:               6 kB\nLocked:                7 kB\nTHPeligible:           0\n"
    "VmFlags: rd ex mr mw me \n"
    "7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0 [stack]\n"
    "Rss:                  12 kB\nVmFlags: rd wr mr gd ac\n";

TEST(Smaps, MappingsWithTheirCosts) {
  const auto uses = parse_smaps(kSmapsText);
  ASSERT_TRUE(uses.has_value());
  ASSERT_EQ(uses->size(), 2u);
  const MappingUse& first = uses->front();
  EXPECT_EQ(first.mapping.start, RemoteAddr(0x55d0c0000000));
  EXPECT_EQ(first.mapping.path, "/usr/bin/a: b");
  EXPECT_EQ(first.resident, 8u << 10);
  EXPECT_EQ(first.proportional, 2u << 10);
  EXPECT_EQ(first.shared_clean, 4u << 10);
  EXPECT_EQ(first.shared_dirty, 1u << 10);
  EXPECT_EQ(first.private_clean, 2u << 10);
  EXPECT_EQ(first.private_dirty, 3u << 10);
  EXPECT_EQ(first.anonymous, 5u << 10);
  EXPECT_EQ(first.huge_pages, 2049u << 10);
  EXPECT_EQ(first.swapped, 6u << 10);
  EXPECT_EQ(first.locked, 7u << 10);
  EXPECT_EQ(first.page_size, 4096u);
  EXPECT_EQ(first.flags, "rd ex mr mw me");
  EXPECT_EQ(uses->back().mapping.kind, MappingKind::Stack);
  EXPECT_EQ(uses->back().resident, 12u << 10);
}

TEST(Smaps, CutAnywhereItGivesAValueOrAnError) {
  EXPECT_TRUE(parse_smaps("")->empty());
  for (std::size_t length = 0; length < kSmapsText.size(); ++length) {
    const auto uses = parse_smaps(kSmapsText.substr(0, length));
    if (!uses.has_value()) {
      EXPECT_EQ(uses.error().code, ErrorCode::Malformed);
    }
  }
  EXPECT_TRUE(parse_smaps("Rss: 1 kB\n")->empty());
}

}  // namespace
}  // namespace tether::procfs
