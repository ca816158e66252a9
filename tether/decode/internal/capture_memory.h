#pragma once
// CaptureMemory: the walker's memory while the tracee is stopped: every read goes to the tracee and into the record.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "tether/decode/internal/bytes.h"
#include "tether/event/capture_policy.h"

namespace tether::decode {

class CaptureMemory {
 public:
  CaptureMemory(CaptureSource& source, RawEventBuilder& record, bool fd_details)
      : source_(source), record_(record), fd_details_(fd_details) {}

  const std::byte* at(Bytes bytes) const { return record_.bytes_so_far().data() + bytes.offset; }

  /// The `want` bytes at `address`, or as many as are readable: read now, or found in what was read before.
  Bytes fetch(std::uint64_t address, std::size_t want) {
    for (std::size_t i = 0; i < std::min(seen_count_, seen_.size()); ++i) {
      const Seen& seen = seen_[i];
      if (address - seen.address < seen.bytes.size && seen.bytes.size - (address - seen.address) >= want)
        return seen.bytes.sub(address - seen.address, want);
    }
    const std::span<std::byte> room = record_.begin_chunk(ChunkKind::Memory, address, want);
    return keep(address, room, source_.read_some(RemoteAddr(address), room));
  }

  /// The same for text: nothing behind its first NUL is kept. Most text is short, and a short read costs half of a
  /// page's.
  Bytes fetch_text(std::uint64_t address, std::size_t want) {
    const std::span<std::byte> room = record_.begin_chunk(ChunkKind::Memory, address, want);
    std::size_t got = 0;
    for (std::size_t piece = kShortText; got < want; piece = want) {
      const std::span<std::byte> part = room.subspan(got, std::min(piece, want - got));
      const std::size_t read = source_.read_some(RemoteAddr(address + got), part);
      const void* nul = read == 0 ? nullptr : std::memchr(part.data(), 0, read);
      if (nul != nullptr)
        return keep(address, room, static_cast<std::size_t>(static_cast<const std::byte*>(nul) - room.data()) + 1);
      got += read;
      if (read < part.size()) break;
    }
    return keep(address, room, got);
  }

  /// Records what a descriptor refers to.
  void note_fd(std::int32_t fd);

  /// Records the name of a network interface.
  void note_interface(std::uint32_t index);
  void note_process(std::int32_t pid);

  /// The protocol of a socket, "NETLINK:0"; empty if it is none. Valid until the next read.
  std::string_view fd_protocol(std::int32_t fd);

 private:
  struct Seen {
    std::uint64_t address;
    Bytes bytes;
  };

  static constexpr std::size_t kShortText = 256;

  /// Ends the chunk that was begun with `room`, of which the first `size` bytes count.
  Bytes keep(std::uint64_t address, std::span<const std::byte> room, std::size_t size) {
    if (size == 0) return {};  // the chunk was begun but never ended: it is not there
    const auto offset = static_cast<std::size_t>(room.data() - record_.bytes_so_far().data());
    record_.end_chunk(size);
    seen_[seen_count_++ % seen_.size()] = {address, {offset, size}};
    return {offset, size};
  }

  bool was_noted(std::int32_t number, ChunkKind kind);

  static constexpr std::size_t kMaxNoted = 1024;

  CaptureSource& source_;
  RawEventBuilder& record_;
  bool fd_details_;
  // What was read last; reading something twice is no error, only waste, so a few suffice.
  std::array<Seen, 8> seen_;
  std::size_t seen_count_ = 0;
  struct Noted {
    std::int32_t number;  ///< of a descriptor, an interface or a process
    ChunkKind kind;
    Bytes text;
  };
  std::array<Noted, 8> noted_;
  std::size_t noted_count_ = 0;
};

}  // namespace tether::decode
