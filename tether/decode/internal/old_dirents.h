#pragma once
// The records of getdents(2), the old call: where each ends is said in it; its type is the byte before that end.
//
//   for_each_old_dirent(abi, bytes, [&](std::span<const std::byte> record) { … });

#include <cstddef>
#include <cstdint>
#include <span>

#include "tether/arch/abi.h"
#include "tether/decode/internal/number.h"

namespace tether::decode {

/// Calls `visit` with each whole record, in order; ends at the first that claims what cannot be.
template <class Visit>
void for_each_old_dirent(Abi abi, std::span<const std::byte> bytes, Visit visit) {
  const std::size_t length_at = 2 * word_size(abi);
  const std::size_t shortest = length_at + 2 + 2;  // an empty name's NUL and the type
  while (bytes.size() >= shortest) {
    const std::uint64_t length = load_number(bytes.data() + length_at, 2);
    if (length < shortest || length > bytes.size()) return;
    visit(bytes.first(length));
    bytes = bytes.subspan(length);
  }
}

}  // namespace tether::decode
