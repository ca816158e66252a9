#pragma once
// RemoteAddr: an address in another process. Not a pointer: it cannot be followed by mistake.

#include <compare>
#include <cstdint>

namespace tether {

struct RemoteAddr {
  std::uint64_t value = 0;

  constexpr RemoteAddr() = default;
  constexpr explicit RemoteAddr(std::uint64_t v) : value(v) {}
  constexpr bool is_null() const { return value == 0; }
  constexpr RemoteAddr operator+(std::uint64_t n) const { return RemoteAddr(value + n); }
  friend constexpr auto operator<=>(RemoteAddr, RemoteAddr) = default;
};

}  // namespace tether
