#include "tether/control/candidates.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <numeric>

namespace tether {
namespace {

class CandidatesFile : public testing::Test {
 protected:
  std::string path_ =
      (std::filesystem::temp_directory_path() / ("tether-candidates-" + std::to_string(::getpid()))).string();
  void TearDown() override { std::filesystem::remove(path_); }

  void write(const std::vector<CandidateBlock>& blocks, std::uint32_t width) {
    auto writer = CandidateWriter::create(path_, {.width = width, .stride = 4}, "u32:42");
    ASSERT_TRUE(writer.has_value());
    std::uint64_t count = 0;
    for (const CandidateBlock& block : blocks) {
      ASSERT_TRUE(writer->append(encode(block, width)).has_value());
      count += block.places.size();
    }
    ASSERT_TRUE(writer->finish(count).has_value());
  }
};

Bytes values_of(std::size_t count, std::size_t width, bool differ) {
  Bytes values(count * width);
  if (differ)
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::byte>(i * 7);
  return values;
}

TEST_F(CandidatesFile, BlocksComeBackAsTheyWere) {
  CandidateBlock all{.address = RemoteAddr(0x10000), .slots = 16384};
  all.places.resize(16384);
  std::iota(all.places.begin(), all.places.end(), std::uint16_t{0});
  all.values = values_of(16384, 4, false);
  const CandidateBlock few{
      .address = RemoteAddr(0x20000), .slots = 16384, .places = {1, 7, 16383}, .values = values_of(3, 4, true)};
  CandidateBlock half{.address = RemoteAddr(0x30000), .slots = 16384};
  for (std::uint16_t i = 0; i < 16384; i = static_cast<std::uint16_t>(i + 2)) half.places.push_back(i);
  half.values = values_of(8192, 4, true);
  write({all, few, half}, 4);

  auto reader = CandidateReader::open(path_);
  ASSERT_TRUE(reader.has_value());
  EXPECT_EQ(reader->pattern(), "u32:42");
  EXPECT_EQ(reader->header().count, 16384U + 3 + 8192);
  for (const CandidateBlock& wanted : {all, few, half}) {
    const auto block = reader->next();
    ASSERT_TRUE(block.has_value() && block->has_value());
    EXPECT_EQ((*block)->address, wanted.address);
    EXPECT_EQ((*block)->places, wanted.places);
    EXPECT_EQ((*block)->values, wanted.values);
  }
  const auto end = reader->next();
  EXPECT_TRUE(end.has_value() && !end->has_value());
}

TEST_F(CandidatesFile, ADenseBlockOfOneValueIsShort) {
  CandidateBlock block{.address = RemoteAddr(0x10000), .slots = 16384};
  block.places.resize(16384);
  std::iota(block.places.begin(), block.places.end(), std::uint16_t{0});
  block.values = values_of(16384, 4, false);
  EXPECT_LE(encode(block, 4).size(), 32U);
}

TEST_F(CandidatesFile, UnfinishedFilesLeaveTheFormerOne) {
  write({{.address = RemoteAddr(0x10000), .slots = 4, .places = {2}, .values = values_of(1, 4, true)}}, 4);
  { auto writer = CandidateWriter::create(path_, {.width = 8, .stride = 8}, "other"); }
  const auto reader = CandidateReader::open(path_);
  ASSERT_TRUE(reader.has_value());
  EXPECT_EQ(reader->pattern(), "u32:42");
}

TEST_F(CandidatesFile, DamageIsNoticed) {
  write({{.address = RemoteAddr(0x10000), .slots = 4, .places = {2}, .values = values_of(1, 4, true)}}, 4);
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) - 1);
  auto reader = CandidateReader::open(path_);
  ASSERT_TRUE(reader.has_value());
  const auto block = reader->next();
  ASSERT_FALSE(block.has_value());
  EXPECT_EQ(block.error().code, ErrorCode::Malformed);
}

}  // namespace
}  // namespace tether
