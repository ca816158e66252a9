#include "tether/session/ring.h"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>
#include <vector>

namespace tether {
namespace {

/// A record of `size` bytes that carries `number` in every word behind its length.
std::vector<std::byte> make_record(std::uint32_t size, std::uint32_t number) {
  std::vector<std::byte> record(size);
  std::memcpy(record.data(), &size, 4);
  for (std::size_t at = 4; at < size; at += 4) std::memcpy(record.data() + at, &number, 4);
  return record;
}

bool is_record(std::span<const std::byte> record, std::uint32_t number) {
  for (std::size_t at = 4; at < record.size(); at += 4) {
    std::uint32_t word;
    std::memcpy(&word, record.data() + at, 4);
    if (word != number) return false;
  }
  return true;
}

std::uint32_t size_of_record(std::uint32_t number) {
  return 24 + 8 * (number * 7 % 50);
}

TEST(Ring, KeepsOrderAndBytesWhenTheWriterIsAheadAndHasToWait) {
  Ring ring(4096);  // small, so that it fills and wraps thousands of times
  constexpr std::uint32_t kCount = 200'000;
  std::thread writer([&] {
    for (std::uint32_t i = 0; i < kCount; ++i) ring.push(make_record(size_of_record(i), i));
    ring.close();
  });
  std::uint32_t seen = 0;
  while (!ring.is_finished()) {
    const auto record = ring.front();
    if (record.empty()) {
      ring.wait();
      continue;
    }
    EXPECT_EQ(record.size(), size_of_record(seen));
    EXPECT_TRUE(is_record(record, seen)) << seen;
    ++seen;
    ring.pop();
  }
  writer.join();
  EXPECT_EQ(seen, kCount);
}

TEST(Ring, AnAbandonedRingNeverHoldsItsWriter) {
  Ring ring(4096);
  std::thread writer([&] {
    for (std::uint32_t i = 0; i < 10'000; ++i) ring.push(make_record(256, i));
  });
  ring.abandon();
  writer.join();
}

TEST(Ring, TheEndCutsTheWaitForItShort) {
  Ring ring(4096);
  std::thread writer([&] { ring.close(); });
  ring.wait_for_close(std::chrono::hours(1));
  ring.wait_for_close(std::chrono::hours(1));  // and it stays known
  EXPECT_TRUE(ring.is_finished());
  writer.join();
}

}  // namespace
}  // namespace tether
