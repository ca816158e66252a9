#pragma once
// Bytes: a run of captured bytes within one record.
//
// Offsets, not pointers: while a capture appends to a record, the record moves.

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace tether::decode {

struct Bytes {
  std::size_t offset = 0;  ///< from the start of the record
  std::size_t size = 0;

  /// What is left from `start` on, at most `length` bytes; empty if `start` lies beyond the end.
  Bytes sub(std::size_t start, std::size_t length = SIZE_MAX) const {
    if (start >= size) return {offset + size, 0};
    return {offset + start, std::min(length, size - start)};
  }
};

}  // namespace tether::decode
