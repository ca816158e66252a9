#include "tether/control/change_sequence.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <string>
#include <utility>

namespace tether {
namespace {

Bytes sequence_bytes(std::initializer_list<int> values) {
  Bytes out;
  for (const int value : values) out.push_back(static_cast<std::byte>(value));
  return out;
}

SettingChange nice_of(int tid, std::string before, std::string after) {
  return {.tid = Tid(tid), .name = "nice", .before = std::move(before), .after = std::move(after)};
}

MemoryChange bytes_at(std::uint64_t address, std::initializer_list<int> before, std::initializer_list<int> after) {
  return {.address = RemoteAddr(address), .before = sequence_bytes(before), .after = sequence_bytes(after)};
}

std::string joined(const Change& first, const Change& then) {
  const auto both = join(first, then);
  return both ? describe(*both) : "apart";
}

TEST(ChangeSequence, IsOneOfTheSameThingOnly) {
  EXPECT_EQ(joined(nice_of(7, "1", "2"), nice_of(7, "2", "3")), "nice: 1 -> 3");
  EXPECT_EQ(joined(nice_of(7, "1", "2"), nice_of(8, "2", "3")), "apart");
  EXPECT_EQ(joined(nice_of(7, "1", "2"), nice_of(7, "4", "3")), "apart");  // the process itself came in between
  EXPECT_EQ(joined(nice_of(7, "1", "2"), Deed{.what = "x"}), "apart");
}

TEST(ChangeSequence, OfMemoryIsOfTheBytesOfBoth) {
  const Change first = bytes_at(0x10, {1, 2, 3}, {4, 5, 6});
  const Change then = bytes_at(0x12, {6, 9}, {7, 8});
  EXPECT_EQ(joined(first, then), "memory 0x10, 4 bytes: 01 02 03 09 -> 04 05 07 08");
  EXPECT_FALSE(covers(then, first));
  EXPECT_TRUE(covers(first, bytes_at(0x11, {5}, {0})));
  EXPECT_EQ(joined(first, bytes_at(0x12, {5, 9}, {7, 8})), "apart");
  EXPECT_EQ(joined(first, bytes_at(0x13, {6}, {7})), "apart");
  MemoryChange code = bytes_at(0x10, {4, 5, 6}, {0, 0, 0});
  code.kind = MemoryChange::Kind::Code;
  EXPECT_EQ(joined(first, code), "apart");
}

TEST(ChangeSequence, OfMappings) {
  const MappingChange map{
      .kind = MappingChange::Kind::Map, .address = RemoteAddr(0x1000), .length = 4096, .after = PROT_READ};
  const MappingChange protect{.kind = MappingChange::Kind::Protect,
                              .address = RemoteAddr(0x1000),
                              .length = 4096,
                              .before = PROT_READ,
                              .after = PROT_NONE};
  EXPECT_EQ(joined(map, protect), "mapped 0x1000-0x2000 ---");
  EXPECT_TRUE(hides(protect, bytes_at(0x1ffc, {1}, {2})));
  EXPECT_FALSE(hides(protect, bytes_at(0x2000, {1}, {2})));
}

TEST(ChangeSequence, OfDescriptors) {
  const auto file = [](std::uint64_t inode, std::uint64_t offset) {
    return DescriptorImage{.link = "/" + std::to_string(inode), .device = 1, .inode = inode, .offset = offset};
  };
  const DescriptorChange first{.fd = Fd(1), .before = file(1, 0), .after = file(2, 0)};
  const DescriptorChange then{.fd = Fd(1), .before = file(2, 5), .after = std::nullopt};
  EXPECT_EQ(joined(first, then), "descriptor 1: /1 (r) -> closed");
  const DescriptorChange seek{
      .fd = Fd(1), .before = file(2, 0), .after = file(2, 5), .kind = DescriptorChange::Kind::Modified};
  EXPECT_EQ(joined(first, seek), "apart");
  EXPECT_TRUE(hides(then, seek));
}

TEST(ChangeSequence, KnowsWhatChangesNothing) {
  EXPECT_TRUE(changes_nothing(nice_of(7, "1", "1")));
  EXPECT_FALSE(changes_nothing(nice_of(7, "1", "2")));
  EXPECT_TRUE(changes_nothing(bytes_at(0x10, {1}, {1})));
  EXPECT_FALSE(changes_nothing(DescriptorChange{.fd = Fd(3), .before = std::nullopt, .after = DescriptorImage{}}));
}

}  // namespace
}  // namespace tether
