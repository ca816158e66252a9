#pragma once
// MemoryReader: the one way in which knowledge (decode, symbol, disasm) reads memory that is not ours.
//
// A live tracee, a core file, captured bytes and a test's array all fit behind it.

#include <cstddef>
#include <span>

#include "tether/base/remote_addr.h"

namespace tether {

class MemoryReader {
 public:
  virtual ~MemoryReader() = default;

  /// Copies up to `out.size()` bytes from `addr` and returns how many: fewer where an unreadable page begins,
  /// 0 where `addr` itself is unreadable. Never fails otherwise; a tracee that has died reads as 0 bytes.
  virtual std::size_t read_some(RemoteAddr addr, std::span<std::byte> out) = 0;

  /// True if all of `out` could be filled.
  bool read_exactly(RemoteAddr addr, std::span<std::byte> out) { return read_some(addr, out) == out.size(); }
};

}  // namespace tether
