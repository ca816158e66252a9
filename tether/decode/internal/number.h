#pragma once
// Numbers as they lie in a tracee's memory and registers: little-endian, 1 to 8 bytes.

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tether::decode {

/// The low `width` bytes of `number`.
constexpr std::uint64_t zero_extend(std::uint64_t number, unsigned width) {
  return width >= 8 || width == 0 ? number : number & ((std::uint64_t{1} << (8 * width)) - 1);
}

/// The low `width` bytes of `number` as a signed number.
constexpr std::uint64_t sign_extend(std::uint64_t number, unsigned width) {
  if (width >= 8 || width == 0) return number;
  const unsigned shift = 64 - 8 * width;
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(number << shift) >> shift);
}

/// The `width` bytes at `from`, of which the caller knows that they exist.
inline std::uint64_t load_number(const std::byte* from, unsigned width) {
  std::uint64_t number = 0;
  std::memcpy(&number, from, width < 8 ? width : 8);
  return number;
}

}  // namespace tether::decode
