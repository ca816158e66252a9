#pragma once
// ReplayMemory: the walker's memory behind the tracee's back: the chunks of a record, found by address.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "tether/decode/internal/bytes.h"
#include "tether/event/raw_event.h"

namespace tether::decode {

class ReplayMemory {
 public:
  explicit ReplayMemory(RawEventView record) : record_(record.bytes()), header_(record.header()) {
    first_chunk_ = sizeof(RawHeader) + payload_size(header_.kind);
    hint_ = first_chunk_;
    if (header_.chunk_count == 0) hint_ = record_.size();
  }

  const std::byte* at(Bytes bytes) const { return record_.data() + bytes.offset; }

  /// The `want` bytes at `address`, or as many as were recorded; empty if none were.
  Bytes fetch(std::uint64_t address, std::size_t want);
  Bytes fetch_text(std::uint64_t address, std::size_t want) { return fetch(address, want); }

  void note_fd(std::int32_t) {}
  std::string_view fd_path(std::int32_t fd) const { return find_text(ChunkKind::FdPath, fd); }
  std::string_view fd_protocol(std::int32_t fd) const { return find_text(ChunkKind::FdProtocol, fd); }
  std::string_view fd_details(std::int32_t fd) const { return find_text(ChunkKind::FdDetails, fd); }
  void note_interface(std::uint32_t) {}
  void note_process(std::int32_t) {}
  std::string_view process_name(std::int32_t pid) const { return find_text(ChunkKind::ProcessName, pid); }
  std::string_view interface_name(std::uint32_t index) const { return find_text(ChunkKind::Interface, index); }

  bool has_chunks() const { return header_.chunk_count != 0; }

 private:
  std::string_view find_text(ChunkKind kind, std::int64_t number) const;

  std::span<const std::byte> record_;
  RawHeader header_;
  std::size_t first_chunk_;
  std::size_t hint_;  ///< where the chunk behind the last one found begins: the likely next
};

}  // namespace tether::decode
