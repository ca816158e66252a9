#pragma once
// Ring: carries records from the tracer's thread to the decoder's, without a lock and without loss.
//
// One writer, one reader. Records are contiguous runs of bytes, each a multiple of 8 long, which begin with their
// length (RawHeader::size). When the ring is full the writer waits: the tracees are held back, nothing is dropped.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <semaphore>
#include <span>

namespace tether {

class Ring {
 public:
  /// `capacity`: bytes, a power of two. A record may take at most half of it.
  explicit Ring(std::size_t capacity);

  /// Writer: copies a record in; waits while there is no room, unless the reader has abandoned the ring.
  void push(std::span<const std::byte> record);
  /// Writer: nothing more will come.
  void close();

  /// Reader: the oldest record, in place; empty if there is none now.
  std::span<const std::byte> front();
  /// Reader: gives the front record's room back.
  void pop();
  /// Reader: sleeps until there is a record or the ring is closed.
  void wait();
  /// Reader: sleeps for that long, or until the ring is closed.
  void wait_for_close(std::chrono::nanoseconds limit);
  /// Reader: true if nothing is left and nothing will come.
  bool is_finished() const;
  /// Reader: it will read no more; the writer is never to wait again.
  void abandon();

 private:
  std::uint64_t room() const {
    return capacity_ - (head_.load(std::memory_order_relaxed) - tail_.load(std::memory_order_acquire));
  }
  void wake_reader();

  const std::size_t capacity_;
  std::unique_ptr<std::byte[]> bytes_;
  std::uint64_t known_room_until_ = 0;  ///< writer's own copy of the tail: spares a shared read per record

  // What the writer changes, what the reader changes, and what puts either to sleep lie in cache lines of their own.
  alignas(64) std::atomic<std::uint64_t> head_{0};
  alignas(64) std::atomic<std::uint64_t> tail_{0};
  alignas(64) std::atomic<std::uint32_t> reader_sleeps_{0};
  alignas(64) std::atomic<std::uint32_t> writer_sleeps_{0};
  std::atomic<bool> closed_{false};
  std::atomic<bool> abandoned_{false};
  std::binary_semaphore close_signal_{0};
};

}  // namespace tether
