#pragma once
// RawEvent: one thing that happened to a tracee, as captured: registers, and bytes copied out while it was stopped.
//
// This is the language that engines speak. A record is one contiguous run of bytes: a RawHeader, the payload of its
// kind, then `chunk_count` Chunks, everything 8-byte aligned. The same bytes travel through the ring, rest in a
// recording, and are decoded by whoever reads them; nothing in them points anywhere.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

#include "tether/arch/abi.h"
#include "tether/base/ids.h"

namespace tether {

enum class RawKind : std::uint8_t {
  SyscallEntry,  ///< RawSyscallEntry
  SyscallExit,   ///< RawSyscallExit
  Signal,        ///< RawSignal
  GroupStop,     ///< RawStatus: signal
  Exited,        ///< RawStatus: exit status
  Killed,        ///< RawStatus: signal, core
  Attached,      ///< RawTask: parent or 0
  Detached,      ///< no payload
  Superseded,    ///< RawTask: the tid that the exec'ing thread had
  Notice,        ///< a Text chunk
};

struct RawHeader {
  std::uint32_t size = 0;  ///< of the whole record, chunks included
  RawKind kind = RawKind::Notice;
  Abi abi = Abi::X86_64;
  std::uint16_t chunk_count = 0;
  std::int32_t tid = 0;
  std::int32_t pid = 0;
  std::uint64_t time_ns = 0;  ///< CLOCK_MONOTONIC, 0 if not asked for
};
static_assert(sizeof(RawHeader) == 24);

struct RawSyscallEntry {
  std::uint64_t nr = 0;
  std::uint64_t args[6] = {};
  std::uint64_t instruction_pointer = 0;
  std::uint64_t stack_pointer = 0;
};

struct RawSyscallExit {
  std::int64_t return_value = 0;  ///< sign-extended; -errno on failure
  std::uint64_t is_error = 0;
  std::uint64_t cpu_time_ns = 0;  ///< system time of the call, if asked for
};

struct RawSignal {
  std::uint32_t signal = 0;
  std::uint32_t has_info = 0;
  std::byte siginfo[128] = {};  ///< as PTRACE_GETSIGINFO gives it to a 64-bit tracer, whatever the tracee's ABI
};

struct RawStatus {
  std::int32_t value = 0;
  std::uint32_t core_dumped = 0;
};

struct RawTask {
  std::int64_t tid = 0;
};

enum class ChunkKind : std::uint16_t {
  Memory,       ///< key: address. Fewer bytes than were asked for: an unreadable page began there.
  FdPath,       ///< key: fd (as a sign-extended number; AT_FDCWD for the working directory). What /proc/PID/fd/N says.
  FdProtocol,   ///< key: fd of a socket. "NETLINK:0", "TCP", …
  Comm,         ///< key: tid. The task's name.
  Text,         ///< Notice's text.
  Interface,    ///< key: index of a network interface. Its name.
  FdDetails,    ///< key: fd. What CaptureSource::read_fd_details said of it.
  ProcessName,  ///< key: pid, as the tracee said it. The name of that process.
  InstructionPointer,  ///< of a signal or a group-stop, 8 bytes: where the task was. Key: 0.
};

struct ChunkHeader {
  std::uint64_t key = 0;
  std::uint32_t length = 0;  ///< of the bytes behind this header, without padding
  ChunkKind kind = ChunkKind::Memory;
  std::uint16_t reserved = 0;
};
static_assert(sizeof(ChunkHeader) == 16);

constexpr std::size_t align8(std::size_t n) {
  return (n + 7) & ~std::size_t{7};
}

/// Reads a record in place. The bytes must come from a RawEventBuilder or have passed RawEventView::is_valid.
class RawEventView {
 public:
  explicit RawEventView(std::span<const std::byte> record) : record_(record) {}

  /// True if `record` is one well-formed record and nothing more: for bytes that come from a file.
  static bool is_valid(std::span<const std::byte> record);

  RawHeader header() const { return load<RawHeader>(0); }
  template <class Payload>
  Payload payload() const {
    return load<Payload>(sizeof(RawHeader));
  }
  std::span<const std::byte> bytes() const { return record_; }

  struct Chunk {
    ChunkKind kind;
    std::uint64_t key;
    std::span<const std::byte> bytes;
  };

  /// Walks the chunks in the order in which they were captured.
  class ChunkIterator {
   public:
    ChunkIterator(std::span<const std::byte> rest, unsigned count) : rest_(rest), left_(count) {}
    bool at_end() const { return left_ == 0; }
    Chunk operator*() const {
      ChunkHeader h;
      std::memcpy(&h, rest_.data(), sizeof h);
      return {h.kind, h.key, rest_.subspan(sizeof h, h.length)};
    }
    void next() {
      ChunkHeader h;
      std::memcpy(&h, rest_.data(), sizeof h);
      rest_ = rest_.subspan(sizeof h + align8(h.length));
      --left_;
    }

   private:
    std::span<const std::byte> rest_;
    unsigned left_;
  };
  ChunkIterator chunks() const;

 private:
  template <class T>
  T load(std::size_t offset) const {
    static_assert(std::is_trivially_copyable_v<T>);
    T value;
    std::memcpy(&value, record_.data() + offset, sizeof value);
    return value;
  }
  std::span<const std::byte> record_;
};

/// The size of the payload that follows the header of a record of this kind.
std::size_t payload_size(RawKind kind);

/// Builds records, one after the other, in memory that it keeps.
class RawEventBuilder {
 public:
  /// Begins a record; what was built before is forgotten.
  void begin(RawKind kind, Abi abi, Tid tid, Pid pid, std::uint64_t time_ns);

  template <class Payload>
  void set_payload(const Payload& payload) {
    static_assert(std::is_trivially_copyable_v<Payload>);
    std::memcpy(bytes_.data() + sizeof(RawHeader), &payload, sizeof payload);
  }

  /// Room for a chunk of up to `max_length` bytes, to be filled by the caller, who then says with end_chunk how many it
  /// got. The span is invalidated by the next call.
  std::span<std::byte> begin_chunk(ChunkKind kind, std::uint64_t key, std::size_t max_length);
  void end_chunk(std::size_t length);

  void add_chunk(ChunkKind kind, std::uint64_t key, std::span<const std::byte> bytes) {
    std::span<std::byte> to = begin_chunk(kind, key, bytes.size());
    if (!bytes.empty()) std::memcpy(to.data(), bytes.data(), bytes.size());
    end_chunk(bytes.size());
  }

  /// The finished record.
  std::span<const std::byte> finish();

  /// The unfinished record so far, as a view: for a capture that looks at what it has copied already.
  std::span<const std::byte> bytes_so_far() const { return {bytes_.data(), size_}; }

 private:
  void grow(std::size_t size);

  std::vector<std::byte> bytes_;
  std::size_t size_ = 0;
  std::size_t chunk_at_ = 0;
  std::uint16_t chunk_count_ = 0;
};

}  // namespace tether
