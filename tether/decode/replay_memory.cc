#include "tether/decode/internal/replay_memory.h"

#include <cstring>

namespace tether::decode {
namespace {

ChunkHeader load_chunk(std::span<const std::byte> record, std::size_t at) {
  ChunkHeader chunk;
  std::memcpy(&chunk, record.data() + at, sizeof chunk);
  return chunk;
}

/// How much of what begins at `address` the chunk at `at` holds.
Bytes covered(const ChunkHeader& chunk, std::size_t at, std::uint64_t address) {
  if (chunk.kind != ChunkKind::Memory || address - chunk.key >= chunk.length) return {};
  const auto skipped = static_cast<std::size_t>(address - chunk.key);
  return {at + sizeof(ChunkHeader) + skipped, chunk.length - skipped};
}

}  // namespace

Bytes ReplayMemory::fetch(std::uint64_t address, std::size_t want) {
  if (hint_ < record_.size()) {
    const ChunkHeader chunk = load_chunk(record_, hint_);
    const Bytes found = covered(chunk, hint_, address);
    if (found.size >= want) {
      hint_ += sizeof chunk + align8(chunk.length);
      return found.sub(0, want);
    }
  }
  // The longest run wins: the capture may have read the beginning alone first.
  Bytes best;
  std::size_t at = first_chunk_;
  for (unsigned i = 0; i < header_.chunk_count; ++i) {
    const ChunkHeader chunk = load_chunk(record_, at);
    const Bytes found = covered(chunk, at, address);
    at += sizeof chunk + align8(chunk.length);
    if (found.size <= best.size) continue;
    best = found;
    hint_ = at;
    if (best.size >= want) break;
  }
  return best.sub(0, want);
}

std::string_view ReplayMemory::find_text(ChunkKind kind, std::int64_t number) const {
  const auto key = static_cast<std::uint64_t>(number);
  std::size_t at = first_chunk_;
  for (unsigned i = 0; i < header_.chunk_count; ++i) {
    const ChunkHeader chunk = load_chunk(record_, at);
    if (chunk.kind == kind && chunk.key == key)
      return {reinterpret_cast<const char*>(record_.data() + at + sizeof chunk), chunk.length};
    at += sizeof chunk + align8(chunk.length);
  }
  return {};
}

}  // namespace tether::decode
