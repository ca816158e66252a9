#include "tether/event/raw_event.h"

#include <gtest/gtest.h>

#include <string>

namespace tether {
namespace {

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(RawEvent, GivesBackWhatWasBuilt) {
  RawEventBuilder builder;
  builder.begin(RawKind::SyscallEntry, Abi::I386, Tid(12), Pid(11), 99);
  builder.set_payload(RawSyscallEntry{.nr = 5, .args = {1, 2, 3, 4, 5, 6}});
  const std::string path = "/etc/passwd";
  builder.add_chunk(ChunkKind::Memory, 0x1000, std::as_bytes(std::span(path)));
  builder.add_chunk(ChunkKind::FdPath, 3, {});
  const RawEventView view(builder.finish());

  ASSERT_TRUE(RawEventView::is_valid(view.bytes()));
  EXPECT_EQ(view.header().kind, RawKind::SyscallEntry);
  EXPECT_EQ(view.header().abi, Abi::I386);
  EXPECT_EQ(view.header().tid, 12);
  EXPECT_EQ(view.header().pid, 11);
  EXPECT_EQ(view.header().time_ns, 99u);
  EXPECT_EQ(view.payload<RawSyscallEntry>().args[5], 6u);
  auto chunks = view.chunks();
  ASSERT_FALSE(chunks.at_end());
  EXPECT_EQ((*chunks).key, 0x1000u);
  EXPECT_EQ(text_of((*chunks).bytes), path);
  chunks.next();
  ASSERT_FALSE(chunks.at_end());
  EXPECT_EQ((*chunks).kind, ChunkKind::FdPath);
  EXPECT_TRUE((*chunks).bytes.empty());
  chunks.next();
  EXPECT_TRUE(chunks.at_end());
}

TEST(RawEvent, AShortChunkTakesOnlyWhatItGot) {
  RawEventBuilder builder;
  builder.begin(RawKind::Notice, Abi::X86_64, Tid(1), Pid(1), 0);
  auto room = builder.begin_chunk(ChunkKind::Text, 0, 4096);
  ASSERT_EQ(room.size(), 4096u);
  room[0] = std::byte{'x'};
  builder.end_chunk(1);
  const auto record = builder.finish();
  EXPECT_EQ(record.size(), sizeof(RawHeader) + sizeof(ChunkHeader) + 8);
  EXPECT_TRUE(RawEventView::is_valid(record));
}

TEST(RawEvent, RejectsDamagedBytes) {
  RawEventBuilder builder;
  builder.begin(RawKind::Exited, Abi::X86_64, Tid(1), Pid(1), 0);
  builder.set_payload(RawStatus{.value = 3});
  builder.add_chunk(ChunkKind::Comm, 1, std::as_bytes(std::span("bash")));
  const auto record = builder.finish();
  const std::vector<std::byte> good(record.begin(), record.end());
  ASSERT_TRUE(RawEventView::is_valid(good));

  for (std::size_t length = 0; length < good.size(); ++length)
    EXPECT_FALSE(RawEventView::is_valid(std::span(good).first(length))) << length;
  // Whatever a byte is changed to, walking a record that passes the check stays within it (run under AddressSanitizer).
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::vector<std::byte> bad = good;
    for (int bit = 0; bit < 8; ++bit) {
      bad[i] = good[i] ^ static_cast<std::byte>(1 << bit);
      if (!RawEventView::is_valid(bad)) continue;
      std::size_t seen = 0;
      for (auto chunks = RawEventView(bad).chunks(); !chunks.at_end(); chunks.next()) seen += (*chunks).bytes.size();
      EXPECT_LE(seen, bad.size());
    }
  }
}

}  // namespace
}  // namespace tether
