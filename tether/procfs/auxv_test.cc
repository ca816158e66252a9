#include "tether/procfs/auxv.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace tether::procfs {
namespace {

TEST(AuxiliaryVector, IsReadInBothWidths) {
  const std::array<std::uint64_t, 6> wide{AT_PAGESZ, 4096, AT_SYSINFO_EHDR, 0x7fff12345000, AT_NULL, 0};
  EXPECT_EQ(parse_auxv(std::as_bytes(std::span(wide)), 8).find(AT_SYSINFO_EHDR), 0x7fff12345000);
  const std::array<std::uint32_t, 6> narrow{AT_PAGESZ, 4096, AT_SYSINFO_EHDR, 0xf7fc0000, AT_NULL, 0};
  EXPECT_EQ(parse_auxv(std::as_bytes(std::span(narrow)), 4).find(AT_SYSINFO_EHDR), 0xf7fc0000);
}

TEST(AuxiliaryVector, EndsAtItsMarkOrWithItsBytes) {
  const std::array<std::uint64_t, 5> words{AT_NULL, 0, AT_PAGESZ, 4096, AT_UID};
  EXPECT_FALSE(parse_auxv(std::as_bytes(std::span(words)), 8).find(AT_PAGESZ).has_value());
  const auto torn = parse_auxv(std::as_bytes(std::span(words)).subspan(16), 8);
  EXPECT_EQ(torn.find(AT_PAGESZ), 4096u);
  EXPECT_FALSE(torn.find(AT_UID).has_value());
}

}  // namespace
}  // namespace tether::procfs
