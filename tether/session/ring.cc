#include "tether/session/ring.h"

#include <cstring>

namespace tether {

namespace {

/// Stands where a record would not fit before the end: the rest of the ring up to its start is unused.
constexpr std::uint32_t kSkip = 0xffffffff;

std::uint32_t record_size(const std::byte* at) {
  std::uint32_t size;
  std::memcpy(&size, at, sizeof size);
  return size;
}

}  // namespace

Ring::Ring(std::size_t capacity) : capacity_(capacity), bytes_(std::make_unique_for_overwrite<std::byte[]>(capacity)) {}

void Ring::push(std::span<const std::byte> record) {
  std::uint64_t head = head_.load(std::memory_order_relaxed);
  const std::size_t at = head & (capacity_ - 1);
  const std::size_t to_end = capacity_ - at;
  const std::size_t skipped = record.size() > to_end ? to_end : 0;
  const std::size_t needed = record.size() + skipped;
  while (head + needed > known_room_until_) {
    known_room_until_ = tail_.load(std::memory_order_acquire) + capacity_;
    if (head + needed <= known_room_until_) break;
    if (abandoned_.load(std::memory_order_acquire)) return;
    writer_sleeps_.store(1, std::memory_order_seq_cst);
    if (head + needed > tail_.load(std::memory_order_seq_cst) + capacity_ && !abandoned_.load()) writer_sleeps_.wait(1);
    writer_sleeps_.store(0, std::memory_order_relaxed);
  }
  if (skipped != 0) {
    if (skipped >= sizeof kSkip) std::memcpy(bytes_.get() + at, &kSkip, sizeof kSkip);
    head += skipped;
  }
  std::memcpy(bytes_.get() + (head & (capacity_ - 1)), record.data(), record.size());
  head_.store(head + record.size(), std::memory_order_seq_cst);
  wake_reader();
}

void Ring::wake_reader() {
  if (reader_sleeps_.load(std::memory_order_seq_cst) != 0) {
    reader_sleeps_.store(0, std::memory_order_seq_cst);
    reader_sleeps_.notify_one();
  }
}

void Ring::close() {
  closed_.store(true, std::memory_order_seq_cst);
  reader_sleeps_.store(0, std::memory_order_seq_cst);
  reader_sleeps_.notify_one();
  close_signal_.release();
}

std::span<const std::byte> Ring::front() {
  std::uint64_t tail = tail_.load(std::memory_order_relaxed);
  const std::uint64_t head = head_.load(std::memory_order_acquire);
  if (head == tail) return {};
  std::size_t at = tail & (capacity_ - 1);
  if (record_size(bytes_.get() + at) == kSkip) {
    tail += capacity_ - at;
    tail_.store(tail, std::memory_order_release);
    at = 0;
  }
  return {bytes_.get() + at, record_size(bytes_.get() + at)};
}

void Ring::pop() {
  const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
  const std::size_t at = tail & (capacity_ - 1);
  tail_.store(tail + record_size(bytes_.get() + at), std::memory_order_seq_cst);
  if (writer_sleeps_.load(std::memory_order_seq_cst) != 0 && room() >= capacity_ / 2) {
    writer_sleeps_.store(0, std::memory_order_seq_cst);
    writer_sleeps_.notify_one();
  }
}

void Ring::wait() {
  reader_sleeps_.store(1, std::memory_order_seq_cst);
  if (head_.load(std::memory_order_seq_cst) == tail_.load(std::memory_order_relaxed) && !closed_.load())
    reader_sleeps_.wait(1);
  reader_sleeps_.store(0, std::memory_order_relaxed);
}

void Ring::wait_for_close(std::chrono::nanoseconds limit) {
  // Once closed it stays closed: the signal is put back for the next to ask.
  if (close_signal_.try_acquire_for(limit)) close_signal_.release();
}

bool Ring::is_finished() const {
  return closed_.load(std::memory_order_acquire) &&
         head_.load(std::memory_order_acquire) == tail_.load(std::memory_order_relaxed);
}

void Ring::abandon() {
  abandoned_.store(true, std::memory_order_seq_cst);
  writer_sleeps_.store(0, std::memory_order_seq_cst);
  writer_sleeps_.notify_one();
}

}  // namespace tether
