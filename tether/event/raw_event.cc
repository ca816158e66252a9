#include "tether/event/raw_event.h"

#include <algorithm>

namespace tether {

std::size_t payload_size(RawKind kind) {
  switch (kind) {
    case RawKind::SyscallEntry:
      return sizeof(RawSyscallEntry);
    case RawKind::SyscallExit:
      return sizeof(RawSyscallExit);
    case RawKind::Signal:
      return sizeof(RawSignal);
    case RawKind::GroupStop:
    case RawKind::Exited:
    case RawKind::Killed:
      return sizeof(RawStatus);
    case RawKind::Attached:
    case RawKind::Superseded:
      return sizeof(RawTask);
    case RawKind::Detached:
    case RawKind::Notice:
      return 0;
  }
  return 0;
}

bool RawEventView::is_valid(std::span<const std::byte> record) {
  if (record.size() < sizeof(RawHeader)) return false;
  const RawHeader header = RawEventView(record).header();
  if (header.size != record.size() || header.kind > RawKind::Notice || header.abi > Abi::I386) return false;
  std::size_t at = sizeof(RawHeader) + payload_size(header.kind);
  for (unsigned i = 0; i < header.chunk_count; ++i) {
    if (at > record.size() || record.size() - at < sizeof(ChunkHeader)) return false;
    ChunkHeader chunk;
    std::memcpy(&chunk, record.data() + at, sizeof chunk);
    at += sizeof chunk;
    if (chunk.kind > ChunkKind::InstructionPointer || record.size() - at < align8(chunk.length)) return false;
    at += align8(chunk.length);
  }
  return at == record.size();
}

RawEventView::ChunkIterator RawEventView::chunks() const {
  const RawHeader h = header();
  return {record_.subspan(sizeof(RawHeader) + payload_size(h.kind)), h.chunk_count};
}

void RawEventBuilder::grow(std::size_t size) {
  if (bytes_.size() < size) bytes_.resize(std::max(size, bytes_.size() * 2));
}

void RawEventBuilder::begin(RawKind kind, Abi abi, Tid tid, Pid pid, std::uint64_t time_ns) {
  size_ = sizeof(RawHeader) + payload_size(kind);
  chunk_count_ = 0;
  grow(size_);
  const RawHeader header{.kind = kind, .abi = abi, .tid = tid.value, .pid = pid.value, .time_ns = time_ns};
  std::memcpy(bytes_.data(), &header, sizeof header);
}

std::span<std::byte> RawEventBuilder::begin_chunk(ChunkKind kind, std::uint64_t key, std::size_t max_length) {
  chunk_at_ = size_;
  grow(size_ + sizeof(ChunkHeader) + align8(max_length));
  const ChunkHeader header{.key = key, .kind = kind};
  std::memcpy(bytes_.data() + chunk_at_, &header, sizeof header);
  return std::span(bytes_).subspan(chunk_at_ + sizeof header, max_length);
}

void RawEventBuilder::end_chunk(std::size_t length) {
  const auto stored = static_cast<std::uint32_t>(length);
  std::memcpy(bytes_.data() + chunk_at_ + offsetof(ChunkHeader, length), &stored, sizeof stored);
  size_ = chunk_at_ + sizeof(ChunkHeader) + align8(length);
  const std::size_t data_end = chunk_at_ + sizeof(ChunkHeader) + length;
  std::fill(bytes_.begin() + static_cast<std::ptrdiff_t>(data_end), bytes_.begin() + static_cast<std::ptrdiff_t>(size_),
            std::byte{0});
  ++chunk_count_;
}

std::span<const std::byte> RawEventBuilder::finish() {
  const auto size = static_cast<std::uint32_t>(size_);
  std::memcpy(bytes_.data() + offsetof(RawHeader, size), &size, sizeof size);
  std::memcpy(bytes_.data() + offsetof(RawHeader, chunk_count), &chunk_count_, sizeof chunk_count_);
  return {bytes_.data(), size_};
}

}  // namespace tether
